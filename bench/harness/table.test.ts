import { expect, it } from 'vitest'
import { formatTable } from './table.ts'

it('aligns figures and says which aims are not reached', () => {
  const rows = [
    { name: 'ours', value: 1.23456, unit: 's' },
    { name: 'ratio.vsStockGit', value: 12, atMost: 13 },
    { name: 'ratio.speedup', value: 2.5, atLeast: 3 },
    { name: 'isomorphicGit', value: null, atMost: 1 },
    { name: 'fsck', value: 'ok' },
  ]
  expect(formatTable(rows)).toBe(
    [
      '  ours                    1.235 s',
      '  ratio.vsStockGit             12  aim: at most 13',
      '  ratio.speedup               2.5  aim: at least 3 (not reached)',
      '  isomorphicGit     not to be had  aim: at most 1',
      '  fsck                         ok',
    ].join('\n'),
  )
})
