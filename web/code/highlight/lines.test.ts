import fc from 'fast-check'
import { expect, test } from 'vitest'

import { splitLines, tokenLines } from './lines.ts'

test('tokens of a line join to the line, whatever the spans', () => {
  const text = fc.array(fc.constantFrom('a', 'b', ' ', '\n', '\r\n'), { maxLength: 60 }).map((parts) => parts.join(''))
  const cuts = fc.array(fc.tuple(fc.nat(8), fc.nat(8), fc.integer({ min: 1, max: 9 })), { maxLength: 12 })
  fc.assert(
    fc.property(text, cuts, (text, cuts) => {
      const spans: number[] = []
      let at = 0
      for (const [gap, length, token] of cuts) {
        if (at + gap + length > text.length) break
        if (length > 0) spans.push(at + gap, at + gap + length, token)
        at += gap + length
      }
      const lines = tokenLines(text, new Uint32Array(spans))
      expect(lines.map((tokens) => tokens.map((token) => token.text).join(''))).toEqual(splitLines(text))
    }),
  )
})

test('a span over several lines colours each of them', () => {
  const lines = tokenLines('x /* a\nb */ y\n', new Uint32Array([2, 11, 1]))
  expect(lines).toEqual([
    [
      { text: 'x ', class: '' },
      { text: '/* a', class: 'tok-comment' },
    ],
    [
      { text: 'b */', class: 'tok-comment' },
      { text: ' y', class: '' },
    ],
  ])
})
