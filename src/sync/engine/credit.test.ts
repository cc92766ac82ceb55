import { describe, expect, test } from 'vitest'
import { QueueOverrunError } from '../errors.ts'
import { FIRST_WINDOW, LOAN, MAX_WINDOW, ReceiveCredit, SendCredit } from './credit.ts'

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

  test('lends beyond the window to who is in a hurry, only so much, and gets it back', () => {
    const grants: number[] = []
    const credit = new ReceiveCredit((total) => grants.push(total))
    credit.refresh()
    for (let n = 0; n < 3; n++) credit.lend()
    expect(grants).toEqual([FIRST_WINDOW, FIRST_WINDOW + LOAN, FIRST_WINDOW + 2 * LOAN])
    credit.received(2 * LOAN)
    // What is worked off pays the loan back before more is granted.
    credit.consumed(2 * LOAN)
    expect(grants).toHaveLength(3)
    credit.received(LOAN)
    credit.consumed(LOAN)
    expect(grants.at(-1)).toBe(FIRST_WINDOW + 3 * LOAN)
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
  test('goes first to who is urgent, and then to the others', async () => {
    const credit = new SendCredit()
    const { signal } = new AbortController()
    const order: string[] = []
    const chunk = credit.take(50, signal).then((taken) => order.push(`chunk ${taken}`))
    const file = credit.take(80, signal, true).then((taken) => order.push(`file ${taken}`))
    credit.raise(100)
    await Promise.all([file, chunk])
    expect(order).toEqual(['file 80', 'chunk 20'])
  })

  test('is not kept from the others by somebody urgent who gave up', async () => {
    const credit = new SendCredit()
    const gone = new AbortController()
    const chunk = credit.take(50, new AbortController().signal)
    const file = credit.take(80, gone.signal, true)
    gone.abort(new Error('Gone'))
    await expect(file).rejects.toThrow('Gone')
    credit.raise(10)
    expect(await chunk).toBe(10)
  })

  test('keeps what comes for something urgent that is still being read', async () => {
    const credit = new SendCredit()
    const { signal } = new AbortController()
    let taken = 0
    const chunk = credit.take(50, signal).then((bytes) => (taken = bytes))
    const calm = credit.hurry()
    credit.raise(100)
    await Promise.resolve()
    expect(taken).toBe(0)
    expect(await credit.take(80, signal, true)).toBe(80)
    calm()
    calm()
    expect(await chunk).toBe(20)
    // That was one who was in a hurry, not two.
    const again = credit.hurry()
    credit.raise(200)
    const late = credit.take(50, signal)
    again()
    expect(await late).toBe(50)
  })

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
