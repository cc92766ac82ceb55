import { type Highlighter } from '../highlight/highlighter.ts'
import { type Painter } from '../highlight/paint.ts'

/** Characters of code in one text that get colours. */
const MAX_PAINTED_CHARACTERS = 100_000

/** File endings that stand for what people write after the three backticks. */
const ENDINGS: Record<string, string> = {
  typescript: 'ts',
  javascript: 'js',
  python: 'py',
  rust: 'rs',
  'c++': 'cpp',
  golang: 'go',
  sass: 'scss',
}

/** Colours the code blocks in `node`. */
export async function paintFences(
  node: HTMLElement,
  highlighter: Highlighter,
  painter: Painter,
  signal: AbortSignal,
): Promise<void> {
  let left = MAX_PAINTED_CHARACTERS
  for (const block of node.querySelectorAll<HTMLElement>('pre[data-language]')) {
    const language = (block.dataset.language ?? '').toLowerCase()
    const text = block.firstElementChild?.firstChild
    if (language === '' || !(text instanceof Text)) continue
    left -= text.length
    if (left < 0) return
    const spans = await highlighter.highlight(`code.${ENDINGS[language] ?? language}`, text.data)
    if (signal.aborted) return
    painter.paint(block, strokesOf(text, spans))
  }
}

function* strokesOf(node: Text, spans: Uint32Array) {
  for (let at = 0; at < spans.length; at += 3) {
    const [from, to, token] = [spans[at] ?? 0, spans[at + 1] ?? 0, spans[at + 2] ?? 0]
    if (to <= node.length) yield { node, from, to, token }
  }
}
