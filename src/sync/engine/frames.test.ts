import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cases } from '../../../playwright/fixtures/cases.ts'
import { FrameTooLongError } from '../errors.ts'
import { framePrefix, FrameParser } from './frames.ts'

function stream(frames: Uint8Array[]): Uint8Array {
  return Uint8Array.from(frames.flatMap((frame) => [...framePrefix(frame.byteLength), ...frame]))
}

describe('frames', () => {
  test('come out as they went in, wherever the stream is cut', () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 })
    fc.assert(
      fc.property(frames, fc.infiniteStream(fc.integer({ min: 1, max: 200 })), (sent, cuts) => {
        const bytes = stream(sent)
        const parser = new FrameParser(300)
        const received: Uint8Array[] = []
        let at = 0
        while (at < bytes.byteLength) {
          const cut = cuts.next().value as number
          received.push(...parser.push(bytes.subarray(at, at + cut)))
          at += cut
        }
        expect(received).toEqual(sent)
      }),
      cases(7),
    )
  })

  test('a length of one over the limit is refused before the frame comes', () => {
    const parser = new FrameParser(1000)
    expect([...parser.push(framePrefix(1000))]).toEqual([])
    const other = new FrameParser(1000)
    expect(() => [...other.push(framePrefix(1001))]).toThrow(FrameTooLongError)
  })

  test('a length that never ends is refused', () => {
    const parser = new FrameParser(2 ** 30)
    expect(() => [...parser.push(Uint8Array.from([0x80, 0x80, 0x80, 0x80, 0x01]))]).toThrow(FrameTooLongError)
  })
})
