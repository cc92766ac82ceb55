/** The part of `BroadcastChannel` that is used: tells other tabs of a storage to look at it again. */
export interface HintChannel {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: () => void): void
  removeEventListener(type: 'message', listener: () => void): void
}
