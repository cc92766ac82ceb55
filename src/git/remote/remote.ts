import type { UrlSource } from '../store/git-store.ts'
import type { CallOptions, Oid } from '../types.ts'
import { ask, piecesOf } from './answer.ts'
import { readCapabilities, type Capabilities } from './capabilities.ts'
import { NotAGitServerError, RemoteStalledError, RemoteTooLargeError } from './errors.ts'
import { fetchArguments, readPackOf } from './fetch-pack.ts'
import { IdleWatch } from './idle-watch.ts'
import { LS_REFS_ARGUMENTS, readRefs, type RemoteRefs } from './ls-refs.ts'
import { encodeRequest, packets, type Packet } from './pkt-line.ts'
import type { Transport, TransportResponse } from './transport.ts'

const SERVICE = 'git-upload-pack'
const DISCOVERY = `/info/refs?service=${SERVICE}`
/** The header without which servers speak version 0. */
const VERSION_2 = { 'Git-Protocol': 'version=2' }
/** What servers see in their logs. */
const AGENT = 'agent=guts-browser'

/** Milliseconds without a byte: git's servers say every 5 seconds that they are still at work. */
const IDLE_MS = 30_000
/** Bytes of a list of capabilities: those of today have a few hundred. */
const MAX_CAPABILITIES_BYTES = 64 << 10
/** Bytes of a list of refs: 10,000 with names of ordinary length have 1 MiB, and servers may list more than was asked. */
const MAX_REFS_BYTES = 16 << 20
/** Bytes of a pack: what a relay passes on unless it is told otherwise, and more than most browsers keep. */
export const MAX_PACK_BYTES = 2 ** 31

export interface RemoteOptions extends CallOptions {
  transport: Transport
  /** Milliseconds without a byte (default 30,000). */
  idleMs?: number
  /** Bytes of the answer that holds the pack (default 2 GiB). */
  maxPackBytes?: number
}

/** A repository on a server, by protocol version 2 over smart HTTP (gitprotocol-http(5), gitprotocol-v2(5)). */
export class Remote {
  readonly #source: UrlSource
  readonly #options: RemoteOptions
  /** Where to ask: redirects of the first answer are followed once and for all, as git does. */
  readonly #base: string
  readonly #capabilities: Capabilities

  private constructor(source: UrlSource, options: RemoteOptions, base: string, capabilities: Capabilities) {
    this.#source = source
    this.#options = options
    this.#base = base
    this.#capabilities = capabilities
  }

  /** Asks what the server can do. Rejects with the `RemoteError` that says what stands in the way. */
  static async open(source: UrlSource, options: RemoteOptions): Promise<Remote> {
    const watch = watchOf(source, options)
    const asked = `${source.through ?? source.url}${DISCOVERY}`
    const request = { method: 'GET', url: asked, headers: VERSION_2, answer: 'advertisement' } as const
    const response = await ask(options.transport, source, request, watch)
    const answer = packetsOf(response, source, watch, MAX_CAPABILITIES_BYTES)
    const capabilities = await readCapabilities(answer, source.url)
    return new Remote(source, options, baseOf(asked, response, source), capabilities)
  }

  /** As git names it: `sha1`, `sha256`. */
  get objectFormat(): string {
    return this.#capabilities.objectFormat
  }

  async refs(): Promise<RemoteRefs> {
    const watch = watchOf(this.#source, this.#options)
    const response = await this.#command('ls-refs', LS_REFS_ARGUMENTS, watch)
    return await readRefs(packetsOf(response, this.#source, watch, MAX_REFS_BYTES))
  }

  /** One pack of all that `wants` reach; each piece stands until the next one is asked for. */
  async *pack(wants: Iterable<Oid>): AsyncGenerator<Uint8Array, void, undefined> {
    const watch = watchOf(this.#source, this.#options)
    const response = await this.#command('fetch', fetchArguments(wants), watch)
    const maxBytes = this.#options.maxPackBytes ?? MAX_PACK_BYTES
    const answer = packetsOf(response, this.#source, watch, maxBytes, 'bytes')
    yield* readPackOf(answer, this.#source.url, this.#options.onProgress)
  }

  async #command(command: string, lines: readonly string[], watch: IdleWatch): Promise<TransportResponse> {
    const { agent, namesFormat, objectFormat } = this.#capabilities
    const capabilities = [...(agent ? [AGENT] : []), ...(namesFormat ? [`object-format=${objectFormat}`] : [])]
    const request = {
      method: 'POST',
      url: `${this.#base}/${SERVICE}`,
      headers: { ...VERSION_2, 'Content-Type': `application/x-${SERVICE}-request` },
      body: encodeRequest([`command=${command}`, ...capabilities, null, ...lines]),
      answer: 'result',
    } as const
    return await ask(this.#options.transport, this.#source, request, watch)
  }
}

function watchOf({ url }: UrlSource, { signal, idleMs = IDLE_MS }: RemoteOptions): IdleWatch {
  return new IdleWatch({ signal, milliseconds: idleMs, stalled: () => new RemoteStalledError(url, idleMs) })
}

function packetsOf(
  response: TransportResponse,
  { url }: UrlSource,
  watch: IdleWatch,
  maxBytes: number,
  what: RemoteTooLargeError['what'] = 'answer',
): AsyncGenerator<Packet, void, undefined> {
  return packets(piecesOf(response, url, watch, maxBytes, () => new RemoteTooLargeError(what, maxBytes)))
}

/** As git does: a redirect may lead to another address, over https, if that ends as the one that was asked. */
function baseOf(asked: string, { url }: TransportResponse, source: UrlSource): string {
  const secure = url.startsWith('https:') || new URL(url).origin === new URL(asked).origin
  if (!secure || !url.endsWith(DISCOVERY)) throw new NotAGitServerError(source.url)
  return url.slice(0, -DISCOVERY.length)
}
