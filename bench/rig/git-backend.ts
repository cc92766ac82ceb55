import { spawn } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { gitEnvironment } from '../../playwright/fixtures/git.ts'

/** CGI headers (RFC 3875, 6.3) are few; what is longer is something else. */
const MAX_HEADER_BYTES = 64 * 1024

/**
 * Answers one request by stock `git http-backend`, as a web server does that runs it by CGI. `root` holds the repositories;
 * `path` is what follows the server's prefix: `/source.git/info/refs`.
 */
export async function answerByGit(
  root: string,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const header = (name: string): string => String(request.headers[name] ?? '')
  const child = spawn('git', ['http-backend'], {
    env: {
      ...gitEnvironment,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(path),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: header('content-type'),
      ...(request.headers['content-length'] === undefined ? {} : { CONTENT_LENGTH: header('content-length') }),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      GIT_PROTOCOL: header('git-protocol'),
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve())
  })
  // A client that went away has its own error; git ends when its input does.
  const sent = pipeline(request, child.stdin).catch(() => child.kill())
  let head = Buffer.alloc(0)
  for await (const part of child.stdout as AsyncIterable<Buffer>) {
    if (response.headersSent) {
      if (!response.write(part)) await Promise.race([new Promise((done) => response.once('drain', done)), ended])
      continue
    }
    head = Buffer.concat([head, part])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0 && head.length < MAX_HEADER_BYTES) continue
    writeHead(response, head.subarray(0, end).toString('latin1'))
    response.write(head.subarray(end + 4))
  }
  await Promise.all([ended, sent])
  if (!response.headersSent) response.writeHead(500)
  response.end()
}

function writeHead(response: ServerResponse, head: string): void {
  let status = 200
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':')
    const [name, value] = [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10)
    else if (name !== '') response.setHeader(name, value)
  }
  response.writeHead(status)
}
