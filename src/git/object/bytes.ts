/** git's text is bytes: what is read is decoded for people only, and never encoded again. */

const encoder = new TextEncoder()
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
// The Encoding Standard reads "latin1" as windows-1252, which git users mean by it.
const latin1 = new TextDecoder('windows-1252')

export const SPACE = 0x20
export const LF = 0x0a

export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text)
}

/**
 * Text for people: UTF-8 or what `encoding` (a commit's header) names; Latin-1 where the bytes are neither, as git does for
 * old commits.
 */
export function decodeText(bytes: Uint8Array, encoding?: string): string {
  if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) {
    const decoder = decoderFor(encoding)
    if (decoder !== undefined) return decoder.decode(bytes)
  }
  const text = decodeStrict(bytes)
  return text ?? latin1.decode(bytes)
}

/** The text, or undefined where the bytes are not UTF-8. */
export function decodeStrict(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

function decoderFor(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label)
  } catch (error) {
    // The label is the committer's own word, and may be none that exists.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** ASCII of `bytes[from, to)`: bytes above 127 become U+FFFD. For what is compared with keywords. */
export function asciiText(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number
    text += byte < 128 ? String.fromCharCode(byte) : '\ufffd'
  }
  return text
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0
  for (const part of parts) length += part.length
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
