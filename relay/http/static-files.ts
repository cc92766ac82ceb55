import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { contentType, isCompressible } from './headers.ts'

const toBrotli = promisify(brotliCompress)
const toGzip = promisify(gzip)

export type Encoding = 'br' | 'gzip' | 'identity'

export interface StaticFile {
  type: string
  etag: string
  /** Its name changes with its content: it may be cached for good. */
  immutable: boolean
  body(encoding: Encoding): Promise<Uint8Array>
  /** What is worth compressing. */
  compressible: boolean
}

/** Smaller files gain nothing. */
const MIN_COMPRESSED = 1024

/**
 * The built app. Its files are listed once, and a request is looked up in that list: no path that a client sends ever
 * reaches the file system. What the build compressed (`main.js.br` beside `main.js`) is served as it is; everything else
 * is compressed when it is first asked for, and kept.
 */
export class StaticFiles {
  readonly #paths: Map<string, string>
  readonly #files = new Map<string, Promise<StaticFile>>()

  private constructor(paths: Map<string, string>) {
    this.#paths = paths
  }

  /** An empty set where `root` is not there. */
  static async list(root: string): Promise<StaticFiles> {
    const paths = new Map<string, string>()
    try {
      for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue
        const path = join(entry.parentPath, entry.name)
        paths.set(`/${relative(root, path).split(sep).join('/')}`, path)
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    return new StaticFiles(paths)
  }

  get size(): number {
    return this.#paths.size
  }

  get(pathname: string): Promise<StaticFile> | undefined {
    const name = pathname === '/' ? '/index.html' : pathname
    const path = this.#paths.get(name)
    if (path === undefined) return undefined
    const known = this.#files.get(name)
    if (known !== undefined) return known
    const file = load(path, name, this.#paths.get(`${name}.br`))
    this.#files.set(name, file)
    file.catch(() => this.#files.delete(name))
    return file
  }
}

/** `brotli` is the path of its compressed copy, where the build made one. */
async function load(path: string, name: string, brotli: string | undefined): Promise<StaticFile> {
  const bytes = await readFile(path)
  const type = contentType(name)
  const bodies = new Map<Encoding, Promise<Uint8Array>>([['identity', Promise.resolve(bytes)]])
  return {
    type,
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`,
    immutable: name.startsWith('/assets/'),
    compressible: isCompressible(type) && bytes.byteLength >= MIN_COMPRESSED,
    body(encoding) {
      const known = bodies.get(encoding)
      if (known !== undefined) return known
      const body = encoding === 'gzip' ? toGzip(bytes) : brotli === undefined ? brotliOf(bytes) : readFile(brotli)
      bodies.set(encoding, body)
      return body
    },
  }
}

const brotliOf = (bytes: Uint8Array): Promise<Uint8Array> =>
  toBrotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })

/** The best that the client takes, by `Accept-Encoding` (RFC 9110, 12.5.3). */
export function chooseEncoding(header: string | undefined): Encoding {
  const weights = new Map(
    (header ?? '').split(',').map((item) => {
      const [coding = '', ...parameters] = item.trim().toLowerCase().split(';')
      const q = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean)
      return [coding.trim(), q === undefined ? 1 : Number(q)] as const
    }),
  )
  const takes = (coding: string) => (weights.get(coding) ?? weights.get('*') ?? 0) > 0
  return takes('br') ? 'br' : takes('gzip') ? 'gzip' : 'identity'
}
