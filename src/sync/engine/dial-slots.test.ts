import { expect, test } from 'vitest'
import { DialSlots, MAX_DIALS } from './dial-slots.ts'

test('8 holders are dialled at once; one more waits until one of them answered, or failed', async () => {
  const slots = new DialSlots()
  const dials: Array<PromiseWithResolvers<void>> = []
  const dial = (): Promise<void> =>
    slots.run(() => {
      const dialled = Promise.withResolvers<void>()
      dials.push(dialled)
      return dialled.promise
    })
  const results = Array.from({ length: MAX_DIALS + 2 }, dial)
  expect(MAX_DIALS).toBe(8)
  expect(dials).toHaveLength(MAX_DIALS)
  dials[0]?.reject(new Error('Nobody there'))
  await expect(results[0]).rejects.toThrow('Nobody there')
  await Promise.resolve()
  expect(dials).toHaveLength(MAX_DIALS + 1)
  dials[1]?.resolve()
  await results[1]
  await Promise.resolve()
  expect(dials).toHaveLength(MAX_DIALS + 2)
  for (const { resolve } of dials) resolve()
  await Promise.allSettled(results)
})
