import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closenessLevel, closenessWord, samenessWord } from '../src/closeness'
import { afterKey, isWhole, moved, resized, smallestSide, spanned, wholePhoto } from '../src/crop'
import { filterExpression, toggled, usefulFacets, withChosen } from '../src/filters'
import { attributeTitle, mainValues, nameOf } from '../src/names'
import { agoText, bytesText, speedsOf } from '../src/status'
import { spreadsOf, whyOf } from '../src/why'

test('filters become an expression of the server', () => {
  assert.equal(filterExpression([]), '')
  assert.equal(
    filterExpression([
      { attribute: 'colour', value: 'Blue' },
      { attribute: 'a b', value: "L'Oréal" },
      { attribute: 'colour', value: 'Red' },
    ]),
    "'colour' IN ('Blue','Red') AND 'a b'='L''Oréal'",
  )
})

test('a filter is taken away by choosing it again', () => {
  const red = { attribute: 'colour', value: 'Red' }
  assert.deepEqual(toggled([], red), [red])
  assert.deepEqual(toggled([{ ...red }], red), [])
})

const facet = (attribute: string, distinct: number, items = 1000) => ({ attribute, distinct, items, values: [] })

test('facets with few values come first, names and constants not at all', () => {
  const facets = [facet('name', 900), facet('kind', 30), facet('brand', 61), facet('gender', 3), facet('same', 1)]
  assert.deepEqual(usefulFacets(facets, []).map((each) => each.attribute), ['gender', 'kind'])
  assert.deepEqual(
    usefulFacets(facets, [{ attribute: 'same', value: 'x' }]).map((each) => each.attribute),
    ['same', 'gender', 'kind'],
  )
})

test('a chosen value stays to be seen', () => {
  const shown = withChosen(facet('kind', 2), [{ attribute: 'kind', value: 'x' }, { attribute: 'other', value: 'y' }])
  assert.deepEqual(shown.values, [{ value: 'x', count: 0 }])
})

test('scores in words and as a bar', () => {
  const limits = { very_close: 0.9, close: 0.8 }
  assert.equal(closenessWord(0.95, limits), 'very close')
  assert.equal(closenessWord(0.9, limits), 'very close')
  assert.equal(closenessWord(0.85, limits), 'close')
  assert.equal(closenessWord(0.1, limits), 'related')
  assert.equal(closenessLevel(1, limits), 1)
  assert.equal(closenessLevel(0.9, limits), 2 / 3)
  assert.equal(closenessLevel(0.8, limits), 1 / 3)
  let before = 0
  for (let score = 0; score <= 1; score += 0.01) {
    const level = closenessLevel(score, limits)
    assert.ok(level >= before && level > 0 && level <= 1)
    before = level
  }
  assert.equal(closenessLevel(1, { very_close: 1, close: 1 }), 1)
})

const hit = (shape: number, colour: number) => ({
  rank: 1, id: '', product: '', score: 0, image: '', thumbnail: '', parts: { shape, colour },
})

test('the score that stands out is the reason', () => {
  const hits = [hit(0.9, 0.5), hit(0.7, 0.9), hit(0.8, 0.7), hit(0.75, 0.65)]
  const spreads = spreadsOf(hits)!
  assert.equal(whyOf(hits[0]!, spreads), 'shape')
  assert.equal(whyOf(hits[1]!, spreads), 'colour')
  assert.equal(whyOf(hits[2]!, spreads), 'both')
  assert.equal(spreadsOf(hits.slice(0, 3)), null)
  const alike = [hit(0.5, 0.5), hit(0.5, 0.5), hit(0.5, 0.5), hit(0.5, 0.5)]
  assert.equal(whyOf(alike[0]!, spreadsOf(alike)!), 'both')
  assert.equal(whyOf({ ...hit(0, 0), parts: undefined }, spreads), null)
})

test('names of products', () => {
  assert.equal(nameOf({ id: 'a', attributes: { title: 'T', productDisplayName: 'P' } }), 'P')
  assert.equal(nameOf({ id: 'a', attributes: { Name: 'N', articleType: 'Shirts' } }), 'N')
  assert.equal(nameOf({ id: 'a', attributes: { name: ' ', articleType: 'Shirts' } }), 'Shirts')
  assert.equal(nameOf({ id: 'shoes/1563.jpg' }), '1563')
  assert.equal(nameOf({ id: 'https://shop.example/' }), 'https://shop.example/')
  assert.equal(nameOf({ id: '.jpg' }), '.jpg')
})

test('main attributes repeat nothing that the name says', () => {
  const attributes = { name: 'Pink Armchair', articleType: 'Armchairs', baseColour: 'Pink', brand: 'Hygge', price: '90' }
  assert.deepEqual(mainValues({ id: 'a', attributes }, 3), ['Hygge', 'Armchairs', '90'])
  assert.deepEqual(mainValues({ id: 'a' }), [])
})

test('titles of attributes', () => {
  assert.equal(attributeTitle('productDisplayName'), 'Product display name')
  assert.equal(attributeTitle('shoe_size'), 'Shoe size')
})

test('the box stays inside the photo', () => {
  const box = { x: 0.2, y: 0.2, width: 0.4, height: 0.4 }
  assert.deepEqual(moved(box, -1, 1), { ...box, x: 0, y: 0.6 })
  const small = resized(box, { right: true, bottom: true }, -1, -1)
  assert.ok(Math.abs(small.width - smallestSide) < 1e-9 && small.x === box.x)
  const large = resized(box, { left: true, top: true }, -1, -1)
  assert.ok(large.x === 0 && Math.abs(large.width - 0.6) < 1e-9)
  for (const each of [spanned(0, 0, 0, 0), spanned(1, 1, 1, 1), spanned(0.9, 0.1, 0.2, 0.95)]) {
    assert.ok(each.x >= 0 && each.y >= 0 && each.x + each.width <= 1 + 1e-9 && each.y + each.height <= 1 + 1e-9)
    assert.ok(each.width > smallestSide - 1e-9 && each.height > smallestSide - 1e-9)
  }
})

test('keys move the box, with Shift they resize it', () => {
  const box = { x: 0.2, y: 0.2, width: 0.4, height: 0.4 }
  assert.ok(afterKey(box, 'ArrowRight', false)!.x > box.x)
  assert.ok(afterKey(box, 'ArrowUp', true)!.height < box.height)
  assert.equal(afterKey(box, 'Tab', false), null)
  assert.ok(isWhole(wholePhoto) && isWhole(null) && !isWhole(box))
})

test('figures of the status page', () => {
  assert.equal(bytesText(0), '0 bytes')
  assert.equal(bytesText(3403828), '3.2 MiB')
  const now = Date.parse('2024-05-01T12:00:00Z')
  assert.equal(agoText('2024-05-01T11:57:00Z', now), '3 minutes ago')
  assert.equal(agoText('2024-05-01T11:59:50Z', now), 'just now')
  assert.equal(agoText('nonsense', now), 'nonsense')
  const metrics = [
    'semblance_stage_seconds_bucket{stage="search",le="0.1"} 2',
    'semblance_stage_seconds_sum{stage="search"} 0.004',
    'semblance_stage_seconds_count{stage="search"} 2',
    'semblance_stage_seconds_count{stage="write"} 0',
  ].join('\n')
  assert.deepEqual(speedsOf(metrics), [{ stage: 'search', count: 2, mean_ms: 2 }])
})

test('only what is likelier than not is called the same', () => {
  assert.deepEqual(
    [undefined, 0.2, 0.499, 0.5, 0.89, 0.9, 0.999].map(samenessWord),
    [null, null, null, 'probably the same', 'probably the same', 'almost surely the same', 'almost surely the same'],
  )
})
