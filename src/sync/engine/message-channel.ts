import type { Stream } from '@libp2p/interface'
import { decodeSyncMessage, encodeSyncMessage, type SyncMessage } from '../wire/index.ts'
import { asError } from './bytes.ts'
import { FrameChannel, type FrameChannelInit } from './channel.ts'

/** Sync messages over one stream. What cannot be decoded ends it. */
export class MessageChannel {
  readonly frames: FrameChannel

  constructor(stream: Stream, init: FrameChannelInit) {
    this.frames = new FrameChannel(stream, init)
  }

  get open(): boolean {
    return this.frames.open
  }

  get closed(): Promise<Error | undefined> {
    return this.frames.closed
  }

  /** The next message; undefined at the end. */
  async read(signal?: AbortSignal): Promise<SyncMessage | undefined> {
    const frame = await this.frames.read(signal)
    if (frame == null) return undefined
    try {
      return decodeSyncMessage(frame)
    } catch (error) {
      this.frames.abort(asError(error))
      throw error
    }
  }

  async write(message: Partial<SyncMessage>, signal?: AbortSignal): Promise<void> {
    await this.frames.write(encodeSyncMessage(message), signal)
  }

  async close(signal: AbortSignal): Promise<void> {
    await this.frames.close(signal)
  }

  abort(error: Error): void {
    this.frames.abort(error)
  }
}
