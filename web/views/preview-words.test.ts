import { describe, expect, it } from 'vitest'
import type { PreviewState, RepositoryState, TransferState } from '../../src/sync/index.ts'
import { describePreview } from './preview-words.ts'

const preview: PreviewState = { head: 'refs/heads/main', refs: [], commit: '0'.repeat(40), objects: 3, bytes: 40_000 }
const transfer: TransferState = {
  phase: 'packs',
  bytes: 3e6,
  totalBytes: 18e6,
  objects: 0,
  totalObjects: 5000,
  speed: 2.4e6,
  from: { peer: 'p', name: 'Ana', link: 'direct' },
  sources: [],
}

function state(over: Partial<RepositoryState>): RepositoryState {
  return {
    token: 'A'.repeat(43),
    document: null,
    names: {},
    status: { kind: 'cloning' },
    generation: 1,
    head: null,
    refs: [],
    divergences: [],
    equivocations: [],
    leftOut: { count: 0, refs: [], signers: [] },
    holders: [],
    transfer,
    preview,
    signedAt: 0,
    comparedAt: 0,
    stale: false,
    maintainer: false,
    ...over,
  }
}

describe('describePreview', () => {
  const open = 'Files open as you click.'
  it.each<[string, Partial<RepositoryState>, boolean, ReturnType<typeof describePreview>]>([
    ['how far it is', {}, true, { words: `3 of 18 MB here. ${open}`, fraction: 3 / 18, moving: true, action: 'stop' }],
    [
      'what is here where the total is unknown',
      { transfer: { ...transfer, bytes: 0, totalBytes: null } },
      true,
      { words: `40 KB here. ${open}`, fraction: null, moving: true, action: 'stop' },
    ],
    [
      'that it is checked',
      { transfer: { ...transfer, phase: 'checking' } },
      true,
      { words: `All of it is here, and is being checked. ${open}`, fraction: 1, moving: true, action: 'stop' },
    ],
    [
      'how big it is, where it waits for a word',
      { status: { kind: 'paused' }, transfer: { ...transfer, bytes: 0, totalBytes: 180e6, from: null } },
      true,
      { words: `40 KB of 180 MB here. ${open}`, fraction: null, moving: false, action: 'save' },
    ],
    [
      'that somebody stopped it',
      { status: { kind: 'paused' }, transfer: null },
      true,
      { words: `Stopped. What has come is kept. ${open}`, fraction: null, moving: false, action: 'resume' },
    ],
    [
      'the same while what was under way ends',
      { status: { kind: 'paused' } },
      true,
      { words: `Stopped. What has come is kept. ${open}`, fraction: null, moving: false, action: 'resume' },
    ],
    [
      'that nobody is there',
      { status: { kind: 'looking', since: 0, nobody: true }, transfer: null },
      true,
      {
        words: 'Nobody who has it is online now. The rest comes by itself when somebody is.',
        fraction: null,
        moving: false,
        action: null,
      },
    ],
    [
      'that this device is offline',
      { status: { kind: 'looking', since: 0, nobody: true }, transfer: null },
      false,
      {
        words: 'You are offline. What you have opened is here; the rest comes later.',
        fraction: null,
        moving: false,
        action: null,
      },
    ],
    [
      'whom it connects to',
      { status: { kind: 'connecting', peer: 'q' }, transfer: null },
      true,
      { words: `Connecting to a device that has it… ${open}`, fraction: null, moving: true, action: null },
    ],
  ])('says %s', (_, over, online, words) => {
    expect(describePreview(state(over), online)).toEqual(words)
  })
})
