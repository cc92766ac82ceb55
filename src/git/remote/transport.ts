/** What is asked of a server. */
export interface TransportRequest {
  method: 'GET' | 'POST'
  url: string
  headers: Record<string, string>
  body?: Uint8Array<ArrayBuffer>
  signal: AbortSignal
}

export interface TransportResponse {
  /** Of HTTP; 0 where a POST was answered with a redirect, which is not followed. */
  status: number
  /** Where the answer came from: for a GET, after redirects. */
  url: string
  headers: { get(name: string): string | null }
  /** The answer as it comes: what is not read is not fetched. */
  body: ReadableStream<Uint8Array> | null
}

/**
 * Asks a server, without credentials: this layer knows no network, and the program gives it its own (in a browser `fetch`).
 * Follows redirects of a GET. Rejects with `NoAnswerError` where there is no answer that may be read.
 */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>

/** Why there is no answer: the server lets no page read it, nobody is there, or this device has no network. */
export class NoAnswerError extends Error {
  static override readonly name = 'NoAnswerError'
  override readonly name = 'NoAnswerError'
  readonly reason: 'blocked' | 'unreachable' | 'offline'
  constructor(reason: 'blocked' | 'unreachable' | 'offline', options?: ErrorOptions) {
    super(`The server gave no answer (${reason}).`, options)
    this.reason = reason
  }
}
