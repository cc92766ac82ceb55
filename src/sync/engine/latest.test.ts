import { expect, test } from 'vitest'
import { LatestSender } from './latest.ts'

test('sends one at a time, and the newest of what piled up', async () => {
  const sent: string[] = []
  const gates: Array<() => void> = []
  const sender = new LatestSender<string>(async (message) => {
    sent.push(message)
    await new Promise<void>((resolve) => gates.push(resolve))
  })
  for (const message of ['a1', 'b1', 'a2', 'b2', 'a3']) sender.push(message.slice(0, 1), message)
  expect(sent).toEqual(['a1'])
  for (let n = 0; n < 3; n++) {
    gates.shift()?.()
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  expect(sent).toEqual(['a1', 'b2', 'a3'])
  sender.push('a', 'a4')
  expect(sent.at(-1)).toBe('a4')
})
