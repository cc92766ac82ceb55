import { NoAnswerError, type Transport, type TransportRequest } from '../remote/index.ts'

export interface FetchParts {
  fetch: typeof fetch
  /** False where the device knows that it has no network. */
  isOnline: () => boolean
}

/**
 * Asks servers by `fetch`: never with cookies or passwords, never from a cache, and without saying which page asks beyond
 * the origin that CORS needs.
 */
export function fetchTransport({ fetch, isOnline }: FetchParts): Transport {
  const never = { credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store' } as const

  /** Fetch does not say why it fails. Whether anybody is there shows when the answer need not be readable. */
  const whyNot = async ({ url, signal }: TransportRequest): Promise<NoAnswerError['reason']> => {
    if (!isOnline()) return 'offline'
    try {
      const response = await fetch(url, { ...never, mode: 'no-cors', signal })
      await response.body?.cancel()
      return 'blocked'
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      return 'unreachable'
    }
  }

  return async (request) => {
    const { method, url, headers, body, signal } = request
    try {
      // git follows a redirect of the first answer and of no other.
      const redirect = method === 'GET' ? 'follow' : 'manual'
      return await fetch(url, { ...never, method, headers, redirect, signal, ...(body === undefined ? {} : { body }) })
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      throw new NoAnswerError(await whyNot(request), { cause: error })
    }
  }
}
