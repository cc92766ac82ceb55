import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { RepositoryState, RepositoryStatus } from '../../src/sync/index.ts'
import { whenQuiet } from './when-quiet.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function sync(first: RepositoryStatus | null) {
  const listeners = new Set<(token: string) => void>()
  let status = first
  return {
    repositories: () => (status === null ? [] : [{ status } as RepositoryState]),
    on: (listener: (token: string) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    become: (next: RepositoryStatus | null) => {
      status = next
      for (const listener of listeners) listener('')
    },
    listeners,
  }
}

function watched(of: ReturnType<typeof sync>) {
  const state = { quiet: false }
  void whenQuiet(of).then(() => (state.quiet = true))
  return state
}

it('waits while a repository is fetched, and a moment longer', async () => {
  const repositories = sync({ kind: 'cloning' })
  const state = watched(repositories)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(state.quiet).toBe(false)
  repositories.become({ kind: 'ready' })
  await vi.advanceTimersByTimeAsync(1_400)
  expect(state.quiet).toBe(false)
  await vi.advanceTimersByTimeAsync(200)
  expect(state.quiet).toBe(true)
  expect(repositories.listeners.size).toBe(0)
})

it('begins anew where something is fetched within that moment', async () => {
  const repositories = sync(null)
  const state = watched(repositories)
  await vi.advanceTimersByTimeAsync(1_000)
  repositories.become({ kind: 'looking', since: 0, nobody: false })
  await vi.advanceTimersByTimeAsync(5_000)
  expect(state.quiet).toBe(false)
})

it('does not wait for a repository that nobody has, nor for ever', async () => {
  const lonely = watched(sync({ kind: 'looking', since: 0, nobody: true }))
  const long = watched(sync({ kind: 'cloning' }))
  await vi.advanceTimersByTimeAsync(2_000)
  expect(lonely.quiet).toBe(true)
  await vi.advanceTimersByTimeAsync(59_000)
  expect(long.quiet).toBe(true)
})
