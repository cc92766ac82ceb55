import { expect, it } from 'vitest'
import { Deliveries } from './deliveries.ts'

it('counts what comes to each once, and not to its author', () => {
  const deliveries = new Deliveries(64)
  const first = deliveries.next(0)
  const second = deliveries.next(1)
  deliveries.came(first, 0)
  deliveries.came(first, 1)
  deliveries.came(first, 1)
  deliveries.came(second, 0)
  deliveries.came(second, 2)

  expect(first).toHaveLength(64)
  expect(deliveries.delays).toHaveLength(3)
})

it('counts nothing of what nobody sent', () => {
  const deliveries = new Deliveries(8)
  deliveries.came(new Uint8Array(8), 1)

  expect(deliveries.delays).toEqual([])
})
