import { streamPair } from '@libp2p/utils'
import { describe, expect, test } from 'vitest'
import { FrameTooLongError, IdleTimeoutError, QueueOverrunError } from '../errors.ts'
import { FrameChannel } from './channel.ts'
import { framePrefix } from './frames.ts'
import { IdleTimer } from './timing.ts'

const LIMITS = { maxFrameBytes: 100_000, maxQueuedBytes: 200_000 }

async function pair(options: Parameters<typeof streamPair>[0] = {}): Promise<[FrameChannel, FrameChannel]> {
  const [a, b] = await streamPair(options)
  return [new FrameChannel(a, LIMITS), new FrameChannel(b, LIMITS)]
}

describe('a frame channel', () => {
  test('brings frames in order, however slowly they are taken', async () => {
    const [a, b] = await pair({ delay: 5, capacity: 4 })
    const frames = Array.from({ length: 60 }, (_, n) => new Uint8Array(1 + ((n * 997) % 3000)).fill(n))
    const sending = (async () => {
      for (const frame of frames) await a.write(frame)
      await a.close(AbortSignal.timeout(5_000))
    })()
    for (const frame of frames) expect(await b.read()).toEqual(frame)
    expect(await b.read()).toBeUndefined()
    await sending
  })

  test('waits at every pause of the stream, not only the first', async () => {
    const [a] = await pair({ delay: 20, capacity: 1 })
    const started = performance.now()
    for (let n = 0; n < 12; n++) await a.write(new Uint8Array(10))
    // Without waiting, twelve sends take no time at all.
    expect(performance.now() - started).toBeGreaterThan(60)
  })

  test('ends where one frame is a byte too long', async () => {
    const [stream, other] = await streamPair()
    const channel = new FrameChannel(other, LIMITS)
    stream.send(framePrefix(LIMITS.maxFrameBytes + 1))
    await expect(channel.read()).rejects.toThrow(FrameTooLongError)
    expect(channel.open).toBe(false)
  })

  test('ends where a byte more waits than may', async () => {
    const [a, b] = await pair()
    for (let n = 0; n < 2; n++) await a.write(new Uint8Array(100_000))
    await a.write(new Uint8Array(1))
    expect(await b.closed).toBeInstanceOf(QueueOverrunError)
  })

  test('ends where too many frames wait, though they are empty', async () => {
    const [stream, other] = await streamPair()
    const channel = new FrameChannel(other, LIMITS)
    stream.send(new Uint8Array(LIMITS.maxQueuedBytes / 64))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(channel.open).toBe(true)
    stream.send(new Uint8Array(1))
    expect(await channel.closed).toBeInstanceOf(QueueOverrunError)
  })

  test('does not wait for ever to close where nobody reads', async () => {
    const [stream] = await streamPair()
    // As one whose other side takes nothing.
    stream.send = () => false
    Object.defineProperty(stream, 'writableNeedsDrain', { value: true })
    const channel = new FrameChannel(stream, LIMITS)
    const write = channel.write(new Uint8Array(10))
    await expect(channel.close(AbortSignal.timeout(50))).rejects.toThrow()
    channel.abort(new Error('Enough'))
    await expect(write).rejects.toThrow('Enough')
  })

  test('an abort ends the wait for a frame, and the next may be read', async () => {
    const [a, b] = await pair()
    const stop = new AbortController()
    const reading = b.read(stop.signal)
    stop.abort(new Error('enough'))
    await expect(reading).rejects.toThrow('enough')
    await a.write(Uint8Array.of(7))
    expect(await b.read()).toEqual(Uint8Array.of(7))
  })

  test('what waits is rejected when the other side breaks off', async () => {
    const [a, b] = await pair()
    const reading = b.read()
    a.abort(new Error('broken'))
    await expect(reading).rejects.toThrow()
    await expect(b.write(new Uint8Array(1))).rejects.toThrow()
  })
})

describe('an idle timer', () => {
  test('runs out after silence, and not while something comes', async () => {
    const timer = new IdleTimer(60)
    for (let n = 0; n < 5; n++) {
      await new Promise((resolve) => setTimeout(resolve, 25))
      timer.touch()
    }
    expect(timer.signal.aborted).toBe(false)
    await new Promise((resolve) => setTimeout(resolve, 120))
    expect(timer.signal.reason).toBeInstanceOf(IdleTimeoutError)
  })
})
