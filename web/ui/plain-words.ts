/** What the code's own words are called on the screen (UX.md, "Words"): each fits where the other stood. */
const PLAIN: Array<[technical: RegExp, plain: string]> = [
  [/\bpacks\b/gi, 'sets of objects'],
  [/\bpack\b/gi, 'set of objects'],
  [/\bmanifests?\b/gi, 'list of pieces'],
  [/\bchunks\b/gi, 'pieces'],
  [/\bchunk\b/gi, 'piece'],
  [/\benvelopes?\b/gi, 'signed message'],
  [/\bcanonical\b/gi, 'agreed'],
  [/\bmultiaddrs?\b/gi, 'address'],
  [/\bdid:key\b/gi, 'key'],
  [/\bpeers\b/gi, 'devices'],
  [/\bpeer\b/gi, 'device'],
]

/**
 * `text` of the code, as people read it: why a device was refused, what is wrong with what it sent. Not for texts that
 * hold somebody's own names: a file may well be called manifest.json.
 */
export function inPlainWords(text: string): string {
  return PLAIN.reduce(
    (plain, [technical, word]) =>
      plain.replace(technical, (found) => (/^[A-Z]/.test(found) ? word.charAt(0).toUpperCase() + word.slice(1) : word)),
    text,
  )
}
