import { describe, expect, it } from 'vitest'
import type { HolderState, RepositoryState } from '../../src/sync/index.ts'
import { describeStatus } from './pill.ts'

const now = new Date(2026, 10, 23, 15, 0).getTime()
const at = new Date(2026, 10, 23, 14, 2).getTime()
const ready = { kind: 'ready', relay: '12D3' } as const

function state(over: Partial<RepositoryState>): RepositoryState {
  return {
    token: 'A'.repeat(43),
    document: null,
    status: { kind: 'ready' },
    generation: 1,
    head: 'refs/heads/main',
    refs: [{ name: 'refs/heads/main', oid: '0'.repeat(40) }],
    divergences: [],
    names: {},
    equivocations: [],
    leftOut: { count: 0, refs: [], signers: [] },
    holders: [],
    transfer: null,
    preview: null,
    signedAt: 0,
    comparedAt: at,
    stale: false,
    maintainer: false,
    ...over,
  }
}

function holder(link: HolderState['link']): HolderState {
  return { peer: 'p', name: 'Ana', link, complete: true }
}

describe('describeStatus', () => {
  it.each<[string, string, Partial<RepositoryState>, boolean, Parameters<typeof describeStatus>[2]]>([
    ['Live from 2', 'live', { holders: [holder('direct'), holder('relayed')] }, true, ready],
    ['Live, relayed', 'stale', { holders: [holder('relayed')] }, true, ready],
    // Direct links outlive the relay.
    ['Live from 1', 'live', { holders: [holder('direct')] }, true, { kind: 'lost', retryAt: now }],
    ['Offline copy, 14:02', 'stale', {}, false, ready],
    ['Offline copy, 14:02', 'stale', {}, true, { kind: 'lost', retryAt: now }],
    ['Offline copy, 14:02', 'stale', { comparedAt: 0, signedAt: at, maintainer: true }, false, ready],
    ['Live from here', 'live', { maintainer: true }, true, ready],
    ['Nobody online', 'plain', {}, true, ready],
    ['Looking…', 'plain', { refs: [], status: { kind: 'looking', since: at, nobody: false } }, true, ready],
    ['Nobody online', 'plain', { refs: [], status: { kind: 'looking', since: at, nobody: true } }, true, ready],
    ['Nobody online', 'plain', { refs: [], status: { kind: 'looking', since: at, nobody: false } }, false, ready],
    ['Connecting…', 'plain', { refs: [], status: { kind: 'connecting', peer: 'p' } }, true, ready],
    ['Stopped', 'refused', { status: { kind: 'failed', error: new Error('x') } }, true, ready],
  ])('says %s (%s)', (words, tone, over, online, relay) => {
    expect(describeStatus(state(over), online, relay, now)).toMatchObject({ words, tone })
  })
})
