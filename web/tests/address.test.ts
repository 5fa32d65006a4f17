import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boxFromText, emptyView, filterFromText, filterToText, hasQuery, readAddress, writeAddress } from '../src/address'

const read = (address: string) => readAddress(new URL(address, 'http://localhost'))

test('an empty address is the start', () => {
  assert.deepEqual(read('/'), emptyView)
  assert.equal(writeAddress(emptyView), '/')
  assert.equal(hasQuery(read('/?w=0.5')), false)
})

test('every part of a view comes back from its address', () => {
  const view = {
    ...emptyView,
    collection: 'summer',
    query: 'q_abc',
    like: ['a/b c.jpg', 'ü&=+.png'],
    unlike: ['x'],
    box: { x: 0.1, y: 0.25, width: 0.5, height: 0.6 },
    weight: 0.35,
    filters: [
      { attribute: 'odd:name\\', value: 'a:b' },
      { attribute: 'colour', value: "L'Oréal & Co" },
    ],
    collapse: false,
  }
  assert.deepEqual(read(writeAddress(view)), view)
})

test('the page of duplicates has its lane in the address', () => {
  const view = { ...emptyView, page: 'duplicates' as const, collection: 'summer', lane: 'same-photo' as const, decided: true }
  assert.equal(writeAddress(view), '/duplicates?c=summer&lane=same-photo&decided=1')
  assert.deepEqual(read(writeAddress(view)), view)
  assert.deepEqual(read('/duplicates/?lane=other'), { ...emptyView, page: 'duplicates' })
  assert.equal(read('/status/').page, 'status')
  assert.equal(hasQuery(read('/duplicates?q=q_a')), false)
})

test('a weight of 0 is not the same as none', () => {
  assert.equal(read('/?w=0').weight, 0)
  assert.equal(read('/').weight, null)
  assert.equal(read(writeAddress({ ...emptyView, weight: 0 })).weight, 0)
})

test('the status page', () => {
  assert.equal(read('/status').page, 'status')
  assert.equal(read('/status/').page, 'status')
  assert.equal(writeAddress({ ...emptyView, page: 'status', item: 'a' }), '/status')
})

test('what makes no sense in an address is left out', () => {
  for (const text of ['', '1', 'a,b,c,d', '0,0,0,1', '0,0,1', '0,0,1,1,1', '.5,0,.6,1', '-1,0,1,1', 'NaN,0,1,1']) {
    assert.equal(boxFromText(text), null, text)
  }
  for (const text of ['2', '-0.1', 'x', 'NaN', 'Infinity']) assert.equal(read(`/?w=${text}`).weight, null, text)
  assert.deepEqual(read('/?f=novalue&f=a:&f=:b&like=&item=').filters, [])
  assert.deepEqual(read('/?like=&item=').like, [])
})

test('filters as text', () => {
  for (const filter of [{ attribute: 'a', value: 'b\nc' }, { attribute: '\\:', value: ':' }, { attribute: 'a b', value: '\\' }]) {
    assert.deepEqual(filterFromText(filterToText(filter)), filter)
  }
})
