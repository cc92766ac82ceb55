const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Bytes as text; what is no UTF-8 is shown as replacement characters, never refused. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

/** True where decoding and encoding again gives the same bytes: only such a file can be edited as text without loss. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}

export function isMarkdown(name: string): boolean {
  return /\.(md|markdown|mdown|mkd)$/i.test(name)
}

const IMAGE_TYPES: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  bmp: 'image/bmp',
  ico: 'image/x-icon',
  svg: 'image/svg+xml',
}

/** The media type of an image file by its ending; null for anything else. An SVG in an `<img>` runs no script. */
export function imageType(name: string): string | null {
  const extension = /\.([^./]+)$/.exec(name)?.[1]?.toLowerCase()
  return extension === undefined ? null : (IMAGE_TYPES[extension] ?? null)
}

/** `Getting src/main.ts from Ana…`; without whom where it is here and only has to be read. */
export function waitingFor(what: string, from: string | null): string {
  return from === null ? `Getting ${what}…` : `Getting ${what} from ${from}…`
}
