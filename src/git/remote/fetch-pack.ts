import type { Oid, Progress } from '../types.ts'
import { RemoteIncompleteError, RemoteProtocolError, ServerRefusedError } from './errors.ts'
import { lineOf, printable, refusalOf } from './lines.ts'
import type { Packet } from './pkt-line.ts'

/** Arguments of `fetch` (gitprotocol-v2(5)) for a whole clone: everything that `wants` reach, nothing is here yet. */
export function fetchArguments(wants: Iterable<Oid>): string[] {
  return ['ofs-delta', ...Array.from(wants, (oid) => `want ${oid}`), 'done']
}

/** Bands of a packet after `packfile`: its first byte. */
const PACK = 1
const PROGRESS = 2
const ERROR = 3

/**
 * The pack in the answer, as it comes; each piece stands until the next one is asked for. Ends where the server says that
 * it has ended. Reports what the server says it is doing.
 */
export async function* readPackOf(
  answer: AsyncIterable<Packet>,
  url: string,
  onProgress?: (progress: Progress) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let [begun, sending] = [false, false]
  for await (const packet of answer) {
    if (packet.kind === 'flush' && begun) return
    if (packet.kind !== 'data') throw damaged()
    const { bytes } = packet
    if (!begun) {
      checkSection(lineOf(bytes), url)
      begun = true
      continue
    }
    switch (bytes[0]) {
      case PACK:
        // An empty one says that the server is still at work.
        if (bytes.length === 1) break
        sending = true
        yield bytes.subarray(1)
        break
      case PROGRESS: {
        const progress = sending ? null : progressOf(lineOf(bytes.subarray(1)))
        if (progress !== null) onProgress?.(progress)
        break
      }
      case ERROR:
        throw new ServerRefusedError(printable(lineOf(bytes.subarray(1))))
      default:
        throw damaged()
    }
  }
  throw new RemoteProtocolError('Its answer ends before the end of the objects.')
}

/** With `done` there is one section, `packfile`; a server that lacks history itself says so first. */
function checkSection(line: string, url: string): void {
  const refused = refusalOf(line)
  if (refused !== null) throw refused
  if (line === 'shallow-info') throw new RemoteIncompleteError(url)
  if (line !== 'packfile') throw damaged()
}

/** `Counting objects: 45% (450/1000)`, many of them in one packet: the last one counts. */
function progressOf(line: string): Progress | null {
  const last = /(?:Counting|Compressing) objects:\s+\d{1,3}% \((\d{1,10})\/(\d{1,10})\)[^(]*$/.exec(line)
  return last === null ? null : { phase: 'ask', objects: Number(last[1]), totalObjects: Number(last[2]) }
}

function damaged(): RemoteProtocolError {
  return new RemoteProtocolError('What it sent in place of the objects makes no sense.')
}
