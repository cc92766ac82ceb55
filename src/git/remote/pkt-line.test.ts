import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { CASES_TIMEOUT, cases } from '../../../playwright/fixtures/cases.ts'
import { RemoteProtocolError } from './errors.ts'
import { encodeRequest, packets, type Packet } from './pkt-line.ts'

vi.setConfig({ testTimeout: CASES_TIMEOUT })

/** The packets with bytes of their own, which stand when the next has come. */
async function read(bytes: Uint8Array, cuts: number[] = []): Promise<Packet[]> {
  const all: Packet[] = []
  for await (const packet of packets(cut(bytes, cuts))) {
    all.push(packet.kind === 'data' ? { kind: 'data', bytes: packet.bytes.slice() } : packet)
  }
  return all
}

async function* cut(bytes: Uint8Array, cuts: number[]): AsyncGenerator<Uint8Array> {
  let from = 0
  for (const at of [...cuts].sort((a, b) => a - b)) {
    yield bytes.slice(from, at)
    from = Math.max(from, at)
  }
  yield bytes.slice(from)
}

function encode(packet: Packet): Uint8Array {
  if (packet.kind !== 'data') return Buffer.from(`000${['flush', 'delimiter', 'end'].indexOf(packet.kind)}`)
  return Buffer.concat([Buffer.from((packet.bytes.length + 4).toString(16).padStart(4, '0')), packet.bytes])
}

const text = (line: string): Uint8Array => Buffer.from(line)

describe('packets', () => {
  it('gives back what was encoded, wherever it is cut', async () => {
    const packet = fc.oneof(
      fc.constantFrom<Packet>({ kind: 'flush' }, { kind: 'delimiter' }, { kind: 'end' }),
      fc.uint8Array({ maxLength: 300 }).map((bytes): Packet => ({ kind: 'data', bytes })),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(packet), fc.array(fc.nat(2000)), async (given, cuts) => {
        const got = await read(Buffer.concat(given.map(encode)), cuts)
        expect(got.map((packet) => Buffer.from(encode(packet)).toString('hex'))).toEqual(
          given.map((packet) => Buffer.from(encode(packet)).toString('hex')),
        )
      }),
      cases(20240611),
    )
  })

  it('reads any bytes as packets or refuses them by name', async () => {
    const digits = fc.stringMatching(/^[0-9a-fA-F]{1,8}$/).map((hex) => text(hex))
    const noise = fc.array(fc.oneof(digits, fc.uint8Array({ maxLength: 40 }))).map((parts) => Buffer.concat(parts))
    await fc.assert(
      fc.asyncProperty(noise, fc.array(fc.nat(200)), async (bytes, cuts) => {
        const result = await read(bytes, cuts).catch((error: unknown) => error)
        if (!Array.isArray(result)) {
          expect(result).toBeInstanceOf(RemoteProtocolError)
          return
        }
        // Nothing was made up: the packets are the bytes.
        const again = Buffer.concat((result as Packet[]).map(encode))
        expect(again.toString('latin1').toLowerCase()).toBe(bytes.toString('latin1').toLowerCase())
      }),
      cases(20240612),
    )
  })

  it('takes the longest line that git sends, and none that is one byte longer', async () => {
    const [longest] = await read(Buffer.concat([text('fff0'), Buffer.alloc(65_516, 7)]), [1000, 40_000])
    expect(longest?.kind === 'data' && longest.bytes.every((byte) => byte === 7) && longest.bytes.length).toBe(65_516)
    await expect(read(Buffer.concat([text('fff1'), Buffer.alloc(65_517)]))).rejects.toThrow('longer than git allows')
  })

  it.each(['0003', '00g0', 'HTTP', '+001', ' 005', '0x05'])('has no packet of length %j', async (length) => {
    await expect(read(text(`${length}aaaa`))).rejects.toThrow(RemoteProtocolError)
  })

  it('refuses what ends within a line', async () => {
    for (const cutOff of ['0', '000', '0005', '0008abc']) {
      await expect(read(text(cutOff))).rejects.toThrow('in the middle of a line')
    }
    expect(await read(text(''))).toEqual([])
  })

  it('does not copy what is whole', async () => {
    const piece = text('0009hello0000')
    async function* one() {
      yield piece
    }
    for await (const packet of packets(one())) {
      if (packet.kind === 'data') expect(packet.bytes.buffer).toBe(piece.buffer)
    }
  })
})

describe('encodeRequest', () => {
  it('writes lines, a delimiter and a flush', () => {
    expect(Buffer.from(encodeRequest(['command=ls-refs', null, 'peel'])).toString()).toBe(
      '0014command=ls-refs\n00010009peel\n0000',
    )
  })
})
