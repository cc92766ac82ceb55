import { expect, test } from 'vitest'
import { openMemoryGitStore } from '../../../git/testing.ts'
import { toBase64url } from '../../document/index.ts'
import { decodeSettings } from '../settings.ts'
import { overriding } from '../testing/overriding.ts'
import { Ledger } from './ledger.ts'
import type { GitStore } from '../../../git/index.ts'

test('settings that two tabs change at the same moment keep what both wrote', async () => {
  const store = await openMemoryGitStore()
  const digest = new Uint8Array(32).fill(1)
  const token = toBase64url(digest)
  await store.transact({ repository: token, create: true })
  const tab = (through: GitStore): Ledger =>
    new Ledger({
      store: through,
      token,
      digest,
      clock: Date.now,
      onChange: () => undefined,
      onAccepted: () => undefined,
    })
  const other = tab(store)
  let between = 0
  const slow = overriding(store, {
    transact: async (transaction) => {
      if (between++ === 0) await other.settings((settings) => ({ ...settings, agreed: true }))
      return store.transact(transaction)
    },
  })
  await tab(slow).settings((settings) => ({ ...settings, paused: true }))
  const stored = decodeSettings((await store.repository(token))?.settings ?? new Uint8Array(0))
  expect(stored).toMatchObject({ paused: true, agreed: true })
  await store.close()
})
