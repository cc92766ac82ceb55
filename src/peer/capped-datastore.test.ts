import { expect, test } from 'vitest'
import { RecordCaps } from './capped-datastore.ts'
import { MAX_RECORDS_PER_PEER } from './config.ts'

test('one record more than a peer may have is not kept, an old one may be renewed', () => {
  const caps = new RecordCaps()

  for (let record = 0; record < MAX_RECORDS_PER_PEER; record++) {
    expect(caps.add(`/dht/provider/cid${record}/peer`)).toBe(true)
  }
  expect(caps.add('/dht/provider/more/peer')).toBe(false)
  expect(caps.add('/dht/provider/cid0/peer')).toBe(true)
  expect(caps.add('/dht/provider/more/other')).toBe(true)

  caps.delete('/dht/provider/cid0/peer')
  expect(caps.add('/dht/provider/more/peer')).toBe(true)
  expect(caps.size).toBe(MAX_RECORDS_PER_PEER + 1)
})

test('many peers together have a cap too', () => {
  const caps = new RecordCaps(10, 2)
  expect([caps.add('/dht/provider/x/a'), caps.add('/dht/provider/x/b'), caps.add('/dht/provider/x/c')]).toEqual([
    true,
    true,
    false,
  ])
})
