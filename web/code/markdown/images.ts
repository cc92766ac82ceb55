import type { GitStore } from '../../../src/git/index.ts'
import { describeError } from '../../ui/describe-error.ts'
import { imageType } from '../text.ts'

/** Bytes of one image in a text; what is larger is to be opened by itself. */
const MAX_IMAGE_BYTES = 8 * 1024 * 1024

/** Fills the repository's own images (`img[data-path]`) in `node`; call the answer to let go of them. */
export function fillImages(node: HTMLElement, store: GitStore, token: string, commit: string): () => void {
  const urls: string[] = []
  let gone = false
  for (const image of node.querySelectorAll<HTMLImageElement>('img[data-path]')) {
    const path = image.dataset.path ?? ''
    const type = imageType(path)
    if (type === null) {
      image.replaceWith(image.alt)
      continue
    }
    store.blob(token, commit, path, { maxBytes: MAX_IMAGE_BYTES }).then(
      (blob) => {
        if (gone) return
        const url = URL.createObjectURL(new Blob([blob.bytes.slice()], { type }))
        urls.push(url)
        image.src = url
      },
      (error: unknown) => {
        // In its place stand its words, and why.
        const words = document.createElement('em')
        words.textContent = image.alt === '' ? path : image.alt
        words.title = describeError(error).message
        image.replaceWith(words)
      },
    )
  }
  return () => {
    gone = true
    for (const url of urls) URL.revokeObjectURL(url)
  }
}
