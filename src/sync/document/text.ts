const encoder = new TextEncoder()

/** C0, DEL and C1 controls, line and paragraph separators, and what turns the direction of text around it. */
// eslint-disable-next-line no-control-regex -- controls are what it looks for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069\ufeff]/

export function utf8Length(text: string): number {
  return encoder.encode(text).byteLength
}

/** What is wrong with a line of text from a peer, or null. `multiline` allows tab and newline. */
export function textProblem(text: string, limits: { min?: number; max: number; multiline?: boolean }): string | null {
  const length = utf8Length(text)
  if (length < (limits.min ?? 0)) return 'is empty'
  if (length > limits.max) return `is longer than ${limits.max} bytes`
  if (UNSAFE.test(limits.multiline === true ? text.replace(/[\t\n]/g, '') : text)) {
    return 'has control or direction-changing characters'
  }
  return null
}
