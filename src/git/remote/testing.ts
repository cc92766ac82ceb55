import { NoAnswerError, type Transport, type TransportRequest, type TransportResponse } from './transport.ts'

/** pkt-lines for tests: a string is a line, a number a mark (0 flush, 1 delimiter, 2 end of answer). */
export function pktLines(...lines: Array<string | Uint8Array | number>): Uint8Array<ArrayBuffer> {
  const parts = lines.map((line) => {
    if (typeof line === 'number') return Buffer.from(`000${line}`)
    const bytes = typeof line === 'string' ? Buffer.from(line) : line
    return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes])
  })
  return new Uint8Array(Buffer.concat(parts))
}

/** A line of a band, as after `packfile`. */
export function band(number: number, content: string | Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(number), typeof content === 'string' ? Buffer.from(content) : content])
}

export const CAPABILITIES = pktLines(
  'version 2\n',
  'agent=test\n',
  'ls-refs\n',
  'fetch=shallow\n',
  'object-format=sha1\n',
  0,
)

type Body = Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>

/** What a test's server answers: bytes where all is well, or more. */
export type Answer =
  Body | (Partial<Omit<TransportResponse, 'body' | 'headers'>> & { body?: Body; headers?: Record<string, string> })

export interface Answers {
  info?: Answer
  refs?: Answer
  fetch?: Answer
}

/** A server made of its three answers; what it was asked stands in `asked`. */
export function serverOf(answers: Answers): { transport: Transport; asked: TransportRequest[] } {
  const asked: TransportRequest[] = []
  const transport: Transport = async (request) => {
    asked.push(request)
    request.signal.throwIfAborted()
    const command = new TextDecoder().decode(request.body)
    const answer =
      request.method === 'GET'
        ? (answers.info ?? CAPABILITIES)
        : command.includes('=ls-refs')
          ? answers.refs
          : answers.fetch
    if (answer === undefined) throw new NoAnswerError('unreachable')
    return respond(request, answer)
  }
  return { transport, asked }
}

function respond({ method, url }: TransportRequest, answer: Answer): TransportResponse {
  const given = answer instanceof Uint8Array || answer instanceof ReadableStream ? { body: answer } : answer
  const type = `application/x-git-upload-pack-${method === 'GET' ? 'advertisement' : 'result'}`
  const { body = null } = given
  return {
    status: given.status ?? 200,
    url: given.url ?? url,
    headers: new Headers({ 'Content-Type': type, ...given.headers }),
    body: body instanceof Uint8Array ? new Blob([body]).stream() : body,
  }
}
