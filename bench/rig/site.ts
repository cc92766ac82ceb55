import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { extname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { build } from 'vite'
import { answerByGit } from './git-backend.ts'

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' }

/** Where repositories are, below the site's root. */
const GIT_PREFIX = '/git'

/**
 * The rivals' server on loopback: the page that runs them in the browser, stock git's repositories under `/git/` and the
 * pack as a file, all of one origin.
 */
export class Site {
  readonly port: number
  /** The built page and its scripts. */
  readonly page: string
  readonly #server: Server
  /** Bytes of connections that have ended, both ways. */
  #closedBytes = 0
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, page: string) {
    this.#server = server
    this.page = page
    this.port = (server.address() as AddressInfo).port
  }

  /** Builds the page into `folder` and serves it; `repositories` holds bare ones, `files` are served by their paths. */
  static async start(folder: string, repositories: string, files: Record<string, string>): Promise<Site> {
    const page = join(folder, 'page')
    await buildPage(page)
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost')
      if (pathname.startsWith(`${GIT_PREFIX}/`)) {
        return await answerByGit(repositories, pathname.slice(GIT_PREFIX.length), request, response)
      }
      await answerFile(files[pathname] ?? join(page, pathname === '/' ? 'index.html' : pathname), response)
    }
    const server = createServer((request, response) => {
      answer(request, response).catch((error: unknown) => {
        // A page that was closed in the middle of an answer.
        if (response.headersSent || response.destroyed) return void response.destroy()
        console.error(error)
        response.writeHead(500).end()
      })
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const site = new Site(server, page)
    server.on('connection', (socket) => site.#watch(socket))
    return site
  }

  /** Of a repository, as seen from the page. */
  static gitPath(name: string): string {
    return `${GIT_PREFIX}/${name}`
  }

  get url(): string {
    return `http://localhost:${this.port}`
  }

  /** Bytes that went over all connections so far, HTTP headers included, both ways. */
  get bytes(): number {
    let bytes = this.#closedBytes
    for (const socket of this.#sockets) bytes += socket.bytesRead + socket.bytesWritten
    return bytes
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((closed) => this.#server.close(closed))
  }

  #watch(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      this.#closedBytes += socket.bytesRead + socket.bytesWritten
    })
  }
}

async function answerFile(file: string, response: ServerResponse): Promise<void> {
  if (!existsSync(file)) return void response.writeHead(file.endsWith('favicon.ico') ? 204 : 404).end()
  response.writeHead(200, {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'content-length': statSync(file).size,
  })
  await pipeline(createReadStream(file), response)
}

/** The rivals as a page: what is published, bundled as an app would, with source maps for profiles. */
async function buildPage(outDir: string): Promise<void> {
  await build({
    configFile: false,
    root: resolve('bench/page'),
    base: './',
    logLevel: 'error',
    // Node's module of that name has a package that stands in for it in browsers.
    resolve: { alias: [{ find: /^buffer$/, replacement: 'buffer/' }] },
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, target: 'es2023', sourcemap: true, assetsInlineLimit: 0 },
  })
}
