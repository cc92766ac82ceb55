import { decodeStrict } from '../object/bytes.ts'
import { isOid, isSharedRefName } from '../object/index.ts'
import type { Oid, RefEntry } from '../types.ts'
import { RemoteProtocolError, RemoteTooLargeError } from './errors.ts'
import { lineOf, printable, refusalOf } from './lines.ts'
import type { Packet } from './pkt-line.ts'

/** As many as one person's signed refs may have. */
export const MAX_REMOTE_REFS = 10_000

/** What a server shows of its refs. */
export interface RemoteRefs {
  /** Branches and tags, in the server's order. */
  refs: RefEntry[]
  /** Null where it has none, or names a branch without commits. `target` is null where it is detached. */
  head: { oid: Oid; target: string | null } | null
  /** Branches and tags whose names git takes and people could be misled by, printable. */
  skipped: string[]
}

/** Arguments of `ls-refs` (gitprotocol-v2(5)): branches, tags and HEAD, which may name a branch. */
export const LS_REFS_ARGUMENTS = [
  'symrefs',
  'peel',
  'ref-prefix refs/heads/',
  'ref-prefix refs/tags/',
  'ref-prefix HEAD',
] as const

/** Reads the answer: a ref a line, `oid name *(SP attribute)`, and a flush. */
export async function readRefs(answer: AsyncIterable<Packet>): Promise<RemoteRefs> {
  const refs = new Map<string, Oid>()
  const skipped: string[] = []
  let head: RemoteRefs['head'] = null
  for await (const packet of answer) {
    if (packet.kind === 'flush') return { refs: [...refs].map(([name, oid]) => ({ name, oid })), head, skipped }
    if (packet.kind !== 'data') throw damaged()
    const refused = refusalOf(lineOf(packet.bytes))
    if (refused !== null) throw refused
    const { oid, name, target, clean } = parseRef(packet.bytes)
    if (name === 'HEAD') head = { oid, target }
    // A server may show more than what was asked for: `ref-prefix` only saves it the bytes.
    if (!/^refs\/(heads|tags)\//.test(name)) continue
    if (refs.has(name)) throw damaged()
    if (clean && isSharedRefName(name)) refs.set(name, oid)
    else skipped.push(printable(name))
    if (refs.size + skipped.length > MAX_REMOTE_REFS) throw new RemoteTooLargeError('refs', MAX_REMOTE_REFS)
  }
  throw new RemoteProtocolError('Its list of branches ends too early.')
}

/** `clean` is false where the line is not UTF-8: its name stands for no bytes that could be written again. */
function parseRef(bytes: Uint8Array): { oid: Oid; name: string; target: string | null; clean: boolean } {
  const text = decodeStrict(bytes)
  const [oid = '', name = '', ...attributes] = (text?.replace(/\n$/, '') ?? lineOf(bytes)).split(' ')
  if (!isOid(oid) || name === '') throw damaged()
  const symbolic = attributes.find((attribute) => attribute.startsWith('symref-target:'))
  return { oid, name, target: symbolic?.slice('symref-target:'.length) ?? null, clean: text !== undefined }
}

function damaged(): RemoteProtocolError {
  return new RemoteProtocolError('Its list of branches is damaged.')
}
