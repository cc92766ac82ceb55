import type { UrlSource } from '../store/git-store.ts'
import {
  GitProxyError,
  NotAGitServerError,
  RemoteBlockedError,
  RemoteBrokenError,
  RemoteNotFoundError,
  RemoteStatusError,
  RemoteUnreachableError,
} from './errors.ts'
import type { IdleWatch } from './idle-watch.ts'
import { NoAnswerError, type Transport, type TransportResponse } from './transport.ts'

/** Asks once, and answers with what may be read as git's. Rejects with the `RemoteError` that says what is there instead. */
export async function ask(
  transport: Transport,
  { url, through }: UrlSource,
  request: Omit<Parameters<Transport>[0], 'signal'> & { answer: string },
  watch: IdleWatch,
): Promise<TransportResponse> {
  const { answer, ...asked } = request
  let response: TransportResponse
  try {
    response = await watch.wait(transport({ ...asked, signal: watch.signal }))
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error
    // Where the relay is asked in the server's place, it is the relay that does not answer.
    const silent = through ?? url
    throw error.reason === 'blocked' && through === null
      ? new RemoteBlockedError(url)
      : new RemoteUnreachableError(silent, error.reason === 'offline')
  }
  const problem = problemOf(response, url, answer)
  if (problem === null) return response
  await discard(response)
  throw problem
}

function problemOf({ status, headers }: TransportResponse, url: string, answer: string): Error | null {
  const code = headers.get('git-proxy-error')
  if (code !== null) return code === 'not-git' ? new NotAGitServerError(url) : new GitProxyError(url, code)
  if ([401, 403, 404, 410].includes(status)) return new RemoteNotFoundError(url, status)
  // A POST that is sent on elsewhere: git does not follow that either.
  if (status === 0 || (status >= 300 && status < 400)) return new NotAGitServerError(url)
  if (status !== 200) return new RemoteStatusError(url, status)
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  return type === `application/x-git-upload-pack-${answer}` ? null : new NotAGitServerError(url)
}

/**
 * The body as it comes: the next piece is asked for once the last one was used, so nothing waits here but one piece.
 * Throws what `tooLarge` makes once more than `maxBytes` came.
 */
export async function* piecesOf(
  { body }: TransportResponse,
  url: string,
  watch: IdleWatch,
  maxBytes: number,
  tooLarge: () => Error,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (body === null) return
  const reader = body.getReader()
  let received = 0
  try {
    for (;;) {
      const { done, value } = await watch.wait(read(reader, url))
      if (done) return
      received += value.length
      if (received > maxBytes) throw tooLarge()
      yield value
    }
  } finally {
    cancelled(reader)
  }
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>, url: string) {
  try {
    return await reader.read()
  } catch (error) {
    throw new RemoteBrokenError(url, { cause: error })
  }
}

async function discard({ body }: TransportResponse): Promise<void> {
  if (body !== null) cancelled(body)
}

/** Not awaited: a stream that broke, or whose request was aborted, refuses to be cancelled, and that is as good. */
function cancelled(stream: { cancel(): Promise<void> }): void {
  stream.cancel().catch(() => undefined)
}
