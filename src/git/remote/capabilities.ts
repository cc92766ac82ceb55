import { decodeText } from '../object/index.ts'
import { NotAGitServerError, OldGitServerError, RemoteProtocolError } from './errors.ts'
import type { Packet } from './pkt-line.ts'
import { lineOf, refusalOf } from './lines.ts'

/** What a server of protocol version 2 says it can do, as far as it is needed here. */
export interface Capabilities {
  /** `sha1` unless it says otherwise. */
  objectFormat: string
  /** It names its program, so it may be told ours. */
  agent: boolean
  /** It names its object format, so it must be told which one is meant. */
  namesFormat: boolean
}

/**
 * Reads the answer to `GET …/info/refs` (gitprotocol-http(5), gitprotocol-v2(5)): a line `# service=git-upload-pack` and a
 * flush, which git leaves out and others do not; `version 2`; a capability a line; a flush.
 */
export async function readCapabilities(answer: AsyncIterable<Packet>, url: string): Promise<Capabilities> {
  const known = new Map<string, string>()
  let begun = false
  for await (const packet of answer) {
    if (packet.kind === 'flush') {
      if (begun) return checked(known)
      continue
    }
    if (packet.kind !== 'data') throw new RemoteProtocolError('Its list of capabilities is damaged.')
    const line = lineOf(packet.bytes)
    const refused = refusalOf(line)
    if (refused !== null) throw refused
    if (begun) {
      const [key = '', value = ''] = line.split(/=(.*)/s)
      // What is not needed is not kept: a server may send any number of them.
      if (['ls-refs', 'fetch', 'object-format', 'agent'].includes(key)) known.set(key, value)
    } else if (line === 'version 2') begun = true
    else if (!line.startsWith('# '))
      throw isOld(packet.bytes) ? new OldGitServerError(url) : new NotAGitServerError(url)
  }
  throw begun ? new RemoteProtocolError('Its list of capabilities ends too early.') : new NotAGitServerError(url)
}

/** Version 0 begins with the first ref, version 1 with its name. */
function isOld(bytes: Uint8Array): boolean {
  return /^([0-9a-f]{40} |[0-9a-f]{64} |version 1\n?$)/.test(decodeText(bytes.subarray(0, 80)))
}

function checked(known: Map<string, string>): Capabilities {
  if (!known.has('ls-refs') || !known.has('fetch'))
    throw new RemoteProtocolError('It offers neither its branches nor a fetch.')
  const objectFormat = known.get('object-format')
  return { objectFormat: objectFormat ?? 'sha1', agent: known.has('agent'), namesFormat: objectFormat !== undefined }
}
