import { SyncMessage } from '../pb/sync.ts'
import { MessageTooLongError, WireError } from './errors.ts'
import { CHECKS, type Bodies } from './checks.ts'
import { MAX_LARGE_MESSAGE_BYTES, MAX_MESSAGE_BYTES, MAX_REFS_MESSAGE_BYTES } from './limits.ts'

export type MessageKind = keyof SyncMessage

const KINDS = Object.keys(CHECKS) as MessageKind[]

/** Bytes that a message of this kind may have, without its length prefix. */
export function messageLimit(kind: MessageKind): number {
  switch (kind) {
    case 'refs':
      return MAX_REFS_MESSAGE_BYTES
    case 'manifest':
      return MAX_LARGE_MESSAGE_BYTES
    default:
      return MAX_MESSAGE_BYTES
  }
}

/** Which of the fields is set. Throws `WireError` unless it is exactly one. */
export function messageKind(message: Partial<SyncMessage>): MessageKind {
  const set = KINDS.filter((kind) => message[kind] != null)
  const [kind] = set
  if (kind == null) throw new WireError('message', 'is of no known kind')
  if (set.length > 1) throw new WireError('message', 'is of several kinds')
  return kind
}

/**
 * Decodes and checks every bound that a message can break by itself. `bytes` is kept: the fields are views of it.
 * Throws `WireError` or `MessageTooLongError`.
 */
export function decodeSyncMessage(bytes: Uint8Array): SyncMessage {
  if (bytes.byteLength > MAX_LARGE_MESSAGE_BYTES)
    throw new MessageTooLongError(bytes.byteLength, MAX_LARGE_MESSAGE_BYTES)
  let message: SyncMessage
  try {
    message = SyncMessage.decode(bytes)
  } catch (error) {
    throw new WireError('message', 'is damaged', { cause: error })
  }
  checkMessage(message, bytes.byteLength)
  return message
}

/** Encodes without the length prefix. Throws as `decodeSyncMessage` would on the other side. */
export function encodeSyncMessage(message: Partial<SyncMessage>): Uint8Array<ArrayBuffer> {
  const bytes = SyncMessage.encode(message)
  checkMessage(message, bytes.byteLength)
  return bytes
}

function checkMessage(message: Partial<SyncMessage>, length: number): void {
  const kind = messageKind(message)
  const limit = messageLimit(kind)
  if (length > limit) throw new MessageTooLongError(length, limit)
  check(kind, message)
}

function check<K extends MessageKind>(kind: K, message: Partial<Bodies>): void {
  const body: Partial<Bodies>[K] = message[kind]
  if (body !== undefined) CHECKS[kind](body)
}
