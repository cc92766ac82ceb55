import fc from 'fast-check'
import { expect, test } from 'vitest'

import { lineStarts, spansOfLines, splitLines } from './lines.ts'

const text = fc.array(fc.constantFrom('a', 'b', ' ', '\n', '\r\n'), { maxLength: 60 }).map((parts) => parts.join(''))
const cuts = fc.array(fc.tuple(fc.nat(8), fc.nat(8), fc.integer({ min: 1, max: 9 })), { maxLength: 12 })

test('lines start where they are', () => {
  fc.assert(
    fc.property(text, (text) => {
      const starts = lineStarts(text)
      const lines = splitLines(text)
      expect(starts.length).toBe(lines.length + 1)
      lines.forEach((line, index) => expect(text.startsWith(line, starts[index])).toBe(true))
    }),
    { seed: 1 },
  )
})

test('every unit of text has the colour of its span, whichever lines are asked for', () => {
  fc.assert(
    fc.property(text, cuts, fc.nat(9), fc.nat(9), (text, cuts, a, b) => {
      const spans: number[] = []
      const colours = new Array<number>(text.length).fill(0)
      let at = 0
      for (const [gap, length, token] of cuts) {
        if (at + gap + length > text.length) break
        if (length > 0) spans.push(at + gap, at + gap + length, token)
        colours.fill(token, at + gap, at + gap + length)
        at += gap + length
      }
      const starts = lineStarts(text)
      const lines = splitLines(text)
      const [first, end] = [Math.min(a, b, lines.length), Math.min(Math.max(a, b), lines.length)]
      const seen = lines.map((line) => new Array<number>(line.length).fill(0))
      for (const { line, from, to, token } of spansOfLines(starts, new Uint32Array(spans), first, end)) {
        expect(line).toBeGreaterThanOrEqual(first)
        expect(line).toBeLessThan(end)
        seen[line]?.fill(token, from, to)
      }
      const wanted = lines.map((line, index) =>
        index < first || index >= end
          ? new Array<number>(line.length).fill(0)
          : colours.slice(starts[index], (starts[index] ?? 0) + line.length),
      )
      expect(seen).toEqual(wanted)
    }),
    { seed: 2 },
  )
})
