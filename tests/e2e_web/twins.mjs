// A collection with duplicates in each lane.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { catalogue, eventually, makeFile, site } from './harness.mjs'

export const json = (method, body) => ({ method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } })
const photo = (name) => readFileSync(join(catalogue, 'images', `${name}-front.jpg`))

const alone = ['heel-03', 'lamp-07', 'shirt-08', 'pan-01']
export const equal = ['heel-03', 'lamp-07', 'shirt-08'] // files that are there twice
export const smaller = ['boot-01', 'chair-02', 'mug-03'] // photos that are there in two sizes
const alike = ['camera-01', 'camera-07', 'camera-02']

let twins
/** A collection with groups in each lane. */
export function makeTwins() {
  twins ??= (async () => {
    for (const name of [...alone, ...alike, ...smaller]) makeFile(`twins/${name}.jpg`, photo(name))
    for (const name of equal) makeFile(`twins/copies/${name}.jpg`, photo(name))
    for (const name of smaller) {
      const small = await fetch(`${site}/v1/collections/default/items/${name}-front.jpg/thumbnail?size=300`)
      makeFile(`twins/small/${name}.jpg`, Buffer.from(await small.arrayBuffer()))
    }
    const folder = dirname(makeFile('twins/notes.txt', 'left out'))
    await fetch(`${site}/v1/collections/twins`, json('POST', {}))
    assert.equal((await fetch(`${site}/v1/collections/twins/sync`, json('POST', { sources: [folder] }))).status, 202)
    const items = alone.length + alike.length + equal.length + 2 * smaller.length
    await eventually(async () => (await (await fetch(`${site}/v1/collections/twins`)).json()).items === items, 'the twins')
  })()
  return twins
}
