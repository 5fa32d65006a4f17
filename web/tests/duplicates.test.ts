import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  copiesText, decisionText, evidenceText, firstLane, isKept, meaningOfKey, progressText, recounted, sizeText,
} from '../src/duplicates'
import type { DuplicateEvidence, DuplicateGroup, DuplicateItem, Lane } from '../src/types'

const item = (id: string, evidence: DuplicateEvidence | null = null): DuplicateItem => ({
  id, product: id, best: evidence === null, width: 600, height: 800, bytes: 51200, evidence, image: '', thumbnail: '',
})
const group = (decision: DuplicateGroup['decision'], ...ids: string[]): DuplicateGroup => ({
  group: 's-1', lane: 'same-photo', decision, items: ids.map((id) => item(id)),
})
const count = (lane: Lane, groups: number, decided: number) => ({ lane, groups, decided })

test('evidence in words', () => {
  assert.equal(evidenceText(item('a')), '')
  assert.equal(evidenceText(item('a', { equal: 'bytes' })), 'equal file')
  assert.equal(evidenceText(item('a', { equal: 'pixels' })), 'equal pixels')
  assert.equal(evidenceText(item('a', { score: 0.98765 })), 'score 0.988')
  assert.equal(evidenceText(item('a', { hash_distance: 0, coverage: 1, mirrored: false })), 'equal hash')
  assert.equal(
    evidenceText(item('a', { hash_distance: 4, coverage: 0.9, mirrored: true })),
    '4 of 256 hash bits differ, mirrored, shows 90 %',
  )
  assert.equal(sizeText(item('a')), '600 × 800, 50.0 KiB')
  assert.equal(copiesText(item('a')), '')
  assert.equal(copiesText({ ...item('a'), copies: ['b'] }), 'and a copy of it')
  assert.equal(copiesText({ ...item('a'), copies: ['b', 'c'] }), 'and 2 copies of it')
})

test('the first lane is one in which something is to be decided', () => {
  const none = [count('identical', 0, 0), count('same-photo', 0, 0), count('look-alike', 0, 0)]
  assert.equal(firstLane(none), 'identical')
  assert.equal(firstLane([count('identical', 2, 2), count('same-photo', 3, 1), count('look-alike', 9, 0)]), 'same-photo')
  assert.equal(firstLane([count('identical', 0, 0), count('same-photo', 3, 3), count('look-alike', 0, 0)]), 'same-photo')
  assert.equal(firstLane([]), 'identical')
})

test('decisions in words, and what they count', () => {
  assert.equal(decisionText(group(null, 'a', 'b')), '')
  assert.equal(decisionText(group({ verdict: 'keep', keep: 'a' }, 'a', 'b')), 'One is kept, the other may go.')
  assert.equal(decisionText(group({ verdict: 'keep', keep: 'a' }, 'a', 'b', 'c')), 'One is kept, 2 may go.')
  assert.match(decisionText(group({ verdict: 'not_duplicates' }, 'a', 'b')), /stay apart/)
  assert.ok(isKept({ verdict: 'keep', keep: 'a' }, 'a'))
  assert.ok(!isKept({ verdict: 'not_duplicates' }, 'a') && !isKept(null, 'a'))
  const counts = [count('identical', 5, 1), count('same-photo', 5, 1)]
  const keep = { verdict: 'keep', keep: 'a' } as const
  assert.deepEqual(recounted(counts, 'same-photo', null, keep), [counts[0], count('same-photo', 5, 2)])
  assert.deepEqual(recounted(counts, 'same-photo', keep, { verdict: 'not_duplicates' }), counts)
  assert.deepEqual(recounted(counts, 'identical', keep, null), [count('identical', 5, 0), counts[1]])
})

test('keys of a group', () => {
  assert.deepEqual(meaningOfKey('1', 2), { keep: 0 })
  assert.deepEqual(meaningOfKey('9', 12), { keep: 8 })
  assert.equal(meaningOfKey('3', 2), null)
  assert.equal(meaningOfKey('0', 2), null)
  assert.equal(meaningOfKey('N', 2), 'not_duplicates')
  assert.equal(meaningOfKey('u', 2), 'undo')
  assert.equal(meaningOfKey('j', 2), 'next')
  assert.equal(meaningOfKey('k', 2), 'previous')
  for (const other of ['Enter', 'Tab', 'x', '12', '']) assert.equal(meaningOfKey(other, 12), null)
})

test('progress in words', () => {
  assert.equal(progressText({ what: 'waiting', done: 0, total: 0 }), 'Waiting for another collection')
  assert.equal(progressText({ what: 'comparing pixels', done: 1200, total: 3400 }), 'Comparing photos: 1,200 of 3,400')
  assert.equal(progressText({ what: 'something new', done: 0, total: 0 }), 'something new')
})
