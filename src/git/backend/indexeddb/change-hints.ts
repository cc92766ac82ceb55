import type { RepositoryKey } from '../../types.ts'

/** Tells the other tabs that a repository changed. Only a hint: whoever misses it still compares generations. */
export interface ChangeHints {
  send(id: RepositoryKey): void
  listen(listener: (id: RepositoryKey) => void): () => void
  close(): void
}

/** The part of `BroadcastChannel` that is used. */
export interface Channel {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void
  removeEventListener(type: 'message', listener: (event: MessageEvent) => void): void
  close(): void
}

/** Hints over a channel that all threads of the origin share. */
export function changeHints(channel: Channel): ChangeHints {
  return {
    send: (id) => channel.postMessage({ changed: id }),
    listen: (listener) => {
      const heard = ({ data }: MessageEvent<unknown>) => {
        if (typeof data === 'object' && data !== null && 'changed' in data && typeof data.changed === 'string') {
          listener(data.changed)
        }
      }
      channel.addEventListener('message', heard)
      return () => channel.removeEventListener('message', heard)
    },
    close: () => channel.close(),
  }
}
