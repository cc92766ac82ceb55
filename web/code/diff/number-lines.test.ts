import { expect, test } from 'vitest'

import { numberLines } from './number-lines.ts'

test('each side counts its own lines', () => {
  const lines = numberLines({
    oldStart: 4,
    oldLines: 2,
    newStart: 7,
    newLines: 2,
    lines: [
      { kind: ' ', text: 'a' },
      { kind: '-', text: 'b' },
      { kind: '+', text: 'c' },
      { kind: '\\', text: '' },
    ],
  })
  expect(lines.map((line) => [line.old, line.new])).toEqual([
    [4, 7],
    [5, null],
    [null, 8],
    [null, null],
  ])
})
