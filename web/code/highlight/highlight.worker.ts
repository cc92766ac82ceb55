import { highlightTree } from '@lezer/highlight'

import { parserFor } from './languages.ts'
import { highlighter, tokenIndex } from './tokens.ts'

/** `text` of `fileName` in; out come triples (from, to, index into `TOKEN_CLASSES`) in order, UTF-16 offsets. */
export interface HighlightRequest {
  id: number
  fileName: string
  text: string
}

export type HighlightResponse = { id: number; spans: Uint32Array<ArrayBuffer> } | { id: number; error: string }

async function highlight({ fileName, text }: HighlightRequest): Promise<Uint32Array<ArrayBuffer>> {
  const parser = await parserFor(fileName)
  if (parser === null) return new Uint32Array(0)
  const spans: number[] = []
  highlightTree(parser.parse(text), highlighter, (from, to, classes) => {
    const token = tokenIndex(classes)
    if (token !== 0) spans.push(from, to, token)
  })
  return new Uint32Array(spans)
}

/** What a dedicated worker's global scope has; TypeScript's DOM and worker libraries exclude each other. */
const scope = self as unknown as {
  onmessage: (event: MessageEvent<HighlightRequest>) => void
  postMessage: (message: HighlightResponse, transfer?: Transferable[]) => void
}

scope.onmessage = (event: MessageEvent<HighlightRequest>): void => {
  const { id } = event.data
  highlight(event.data).then(
    (spans) => scope.postMessage({ id, spans } satisfies HighlightResponse, [spans.buffer]),
    (error: unknown) => scope.postMessage({ id, error: String(error) } satisfies HighlightResponse),
  )
}
