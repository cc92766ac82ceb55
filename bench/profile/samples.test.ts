import { expect, it } from 'vitest'
import { samplesOf, type TraceEvent } from './samples.ts'

const at = (name: string, args: TraceEvent['args'], tid = 7): TraceEvent => ({ name, pid: 1, tid, id: '0x1', args })
const node = (id: number, functionName: string, url = '', lineNumber = 0) => ({
  id,
  callFrame: { functionName, url, lineNumber, columnNumber: 3 },
})

it('sums up what each thread did, by function, wherever it was called from', () => {
  const events = [
    at('thread_name', { name: 'DedicatedWorker thread' }),
    at('Profile', {}),
    at('ProfileChunk', {
      data: {
        cpuProfile: {
          nodes: [
            node(1, '(idle)'),
            node(2, 'inflate', 'a.js', 4),
            node(3, 'inflate', 'a.js', 4),
            node(4, 'hash', 'a.js'),
          ],
          samples: [1, 2, 4],
        },
        timeDeltas: [5_000_000, 1_000_000, 500_000],
      },
    }),
    // Deltas can be negative where clocks are set together.
    at('ProfileChunk', { data: { cpuProfile: { samples: [3, 2, 99] }, timeDeltas: [2_000_000, -7, 1_000_000] } }),
    { ...at('ProfileChunk', { data: { cpuProfile: { samples: [2] }, timeDeltas: [9] } }), id: 'unknown' },
  ]
  expect(samplesOf(events)).toEqual([
    {
      process: 1,
      thread: 7,
      name: 'DedicatedWorker thread',
      busy: 3.5,
      self: [
        { frame: { functionName: 'inflate', url: 'a.js', line: 4, column: 3 }, seconds: 3 },
        { frame: { functionName: 'hash', url: 'a.js', line: 0, column: 3 }, seconds: 0.5 },
      ],
    },
  ])
})
