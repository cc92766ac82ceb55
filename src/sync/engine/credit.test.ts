import { describe, expect, test } from 'vitest'
import { QueueOverrunError } from '../errors.ts'
import { FAR_WINDOW, FIRST_WINDOW, MAX_WINDOW, NEAR, ReceiveCredit, SendCredit } from './credit.ts'

describe('receive credit', () => {
  test('starts at the first window', () => {
    const grants: number[] = []
    const credit = new ReceiveCredit((total) => grants.push(total))
    credit.refresh()
    expect(grants).toEqual([FIRST_WINDOW])
    credit.refresh()
    expect(grants).toHaveLength(1)
  })

  test('a byte beyond it is refused', () => {
    const credit = new ReceiveCredit(() => undefined)
    credit.refresh()
    credit.received(FIRST_WINDOW)
    expect(() => credit.received(1)).toThrow(QueueOverrunError)
  })

  test('grows to the largest window while the round trip stays short, and no further', () => {
    let now = 0
    let granted = 0
    const credit = new ReceiveCredit(
      (total) => (granted = total),
      () => now,
    )
    credit.refresh()
    let sent = 0
    for (let n = 0; n < 2000; n++) {
      // A link with delay and no lack of capacity: all that is granted comes 20 ms later.
      now += 20
      const bytes = granted - sent
      sent += bytes
      credit.received(bytes)
      credit.consumed(bytes)
      expect(granted - sent).toBeLessThanOrEqual(MAX_WINDOW)
    }
    expect(credit.window).toBe(MAX_WINDOW)
  })

  test('shrinks where the link fills up', () => {
    let now = 0
    let granted = 0
    const credit = new ReceiveCredit(
      (total) => (granted = total),
      () => now,
    )
    credit.refresh()
    let sent = 0
    for (let n = 0; n < 4000; n++) {
      now += n < 2000 ? 1 : 100
      const bytes = Math.min(16_384, granted - sent)
      sent += bytes
      credit.received(bytes)
      credit.consumed(bytes)
    }
    expect(credit.window).toBe(FIRST_WINDOW)
  })

  test('does not grow where the way is long', () => {
    let granted = 0
    let now = 0
    const credit = new ReceiveCredit(
      (total) => (granted = total),
      () => now,
    )
    let sent = 0
    /** All that is granted comes 50 ms later, a hundred times. */
    const run = (): void => {
      for (let n = 0; n < 100; n++) {
        now += 50
        const bytes = granted - sent
        sent += bytes
        credit.received(bytes)
        credit.consumed(bytes)
      }
    }
    credit.shape(NEAR + 1)
    credit.refresh()
    run()
    expect(credit.window).toBe(FAR_WINDOW)
    credit.shape(NEAR)
    run()
    expect(credit.window).toBe(MAX_WINDOW)
    credit.shape(NEAR + 1)
    expect(credit.window).toBe(FAR_WINDOW)
  })

  test('what a lost stream had is granted anew', () => {
    const grants: number[] = []
    const credit = new ReceiveCredit((total) => grants.push(total))
    credit.refresh()
    credit.received(1000)
    credit.forfeit()
    expect(grants.at(-1)).toBe(2 * FIRST_WINDOW)
  })
})

describe('send credit', () => {
  test('gives what there is and waits for more', async () => {
    const credit = new SendCredit()
    const { signal } = new AbortController()
    credit.raise(100)
    expect(await credit.take(60, signal)).toBe(60)
    expect(await credit.take(60, signal)).toBe(40)
    const waiting = credit.take(60, signal)
    credit.raise(90)
    credit.raise(130)
    expect(await waiting).toBe(30)
  })

  test('an abort ends the wait', async () => {
    const credit = new SendCredit()
    const controller = new AbortController()
    const waiting = credit.take(1, controller.signal)
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })
})
