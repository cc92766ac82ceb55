import DOMPurify from 'dompurify'
import { Marked } from 'marked'

import { resolvePath } from '../path.ts'
import { withAnchor } from './anchor.ts'
import { harmlessHtml } from './raw-html.ts'

/** Characters of Markdown beyond which it is shown as text: rendering is on the page's own thread. */
export const MAX_MARKDOWN_CHARACTERS = 400_000

export interface LinkTarget {
  /** Address within the app for a path relative to the repository's root. */
  pathLink: (path: string, anchor: string) => string
  /** Folder of the Markdown file, '' for the root. */
  folder: string
  /** Address of the page that the text is on: a fragment without a query. */
  page: string
}

/** Images whose bytes are in the text: pixels only, because a drawing (SVG) is a document of its own. */
const INLINE_IMAGE = /^data:image\/(png|jpeg|gif|webp|avif);base64,/i

const marked = new Marked({
  gfm: true,
  async: false,
  renderer: {
    html: ({ text }) => harmlessHtml(text),
    code: ({ text, lang }) =>
      `<pre data-language="${escape(lang?.match(/^[\w+#.-]+/)?.[0] ?? '')}"><code>${escape(text)}\n</code></pre>\n`,
  },
})

/**
 * Markdown (GitHub's flavour) to sanitized HTML. Relative links become addresses within the app; relative images become
 * `img[data-path]` without a source, to be filled from the repository; images elsewhere become links, so that reading a
 * repository tells nobody.
 */
export function renderMarkdown(text: string, target: LinkTarget): string {
  const fragment = DOMPurify.sanitize(marked.parse(text, { async: false }), {
    RETURN_DOM_FRAGMENT: true,
    USE_PROFILES: { html: true },
    FORBID_TAGS: ['style', 'form', 'button', 'textarea', 'select', 'video', 'audio', 'source', 'picture', 'dialog'],
    FORBID_ATTR: ['style', 'class', 'id', 'name', 'srcset', 'target', 'popover', 'popovertarget', 'background'],
  })
  for (const link of fragment.querySelectorAll<HTMLAnchorElement>('a[href]')) rewriteLink(link, target)
  for (const image of fragment.querySelectorAll('img')) rewriteImage(image, target)
  addAnchors(fragment, target.page)
  const holder = document.createElement('div')
  holder.append(fragment)
  return holder.innerHTML
}

/** Headings get the anchors that GitHub gives them, numbered where they repeat, and a link to themselves. */
function addAnchors(fragment: DocumentFragment, page: string): void {
  const seen = new Map<string, number>()
  for (const heading of fragment.querySelectorAll<HTMLElement>('h1, h2, h3, h4, h5, h6')) {
    const name = slug(heading.textContent)
    const times = seen.get(name) ?? 0
    seen.set(name, times + 1)
    const anchor = times === 0 ? name : `${name}-${times}`
    heading.dataset.anchor = anchor
    const link = document.createElement('a')
    link.href = withAnchor(page, anchor)
    link.dataset.jump = anchor
    // For those who point: to others, it would be noise in every heading.
    link.tabIndex = -1
    link.ariaHidden = 'true'
    heading.append(link)
  }
}

function rewriteLink(link: HTMLAnchorElement, target: LinkTarget): void {
  const href = link.getAttribute('href') ?? ''
  if (href.startsWith('#')) {
    const anchor = decode(href.slice(1))
    link.href = withAnchor(target.page, anchor)
    link.dataset.jump = anchor
    return
  }
  if (isAbsolute(href)) {
    leadAway(link)
    return
  }
  const [path = '', anchor = ''] = href.split('#', 2)
  const resolved = resolvePath(target.folder, decode(path.split('?', 1)[0] ?? ''))
  link.setAttribute('href', target.pathLink(resolved, decode(anchor)))
}

function rewriteImage(image: HTMLImageElement, target: LinkTarget): void {
  const source = image.getAttribute('src') ?? ''
  if (INLINE_IMAGE.test(source)) return
  image.removeAttribute('src')
  if (/^data:/i.test(source)) {
    image.replaceWith(image.alt)
    return
  }
  if (isAbsolute(source)) {
    const link = document.createElement('a')
    link.href = source
    leadAway(link)
    link.textContent = `Image elsewhere: ${image.alt === '' ? source : image.alt}`
    // A link cannot hold another: the outer one, around a badge, is where its author wanted to lead.
    image.replaceWith(image.closest('a') === null ? link : image.alt)
    return
  }
  image.dataset.path = resolvePath(target.folder, decode(source.split(/[?#]/, 1)[0] ?? ''))
}

function leadAway(link: HTMLAnchorElement): void {
  link.rel = 'noopener noreferrer nofollow'
  link.target = '_blank'
}

function isAbsolute(href: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(href) || href.startsWith('//')
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    // A stray per cent sign is no escape: the text means itself.
    if (error instanceof URIError) return text
    throw error
  }
}

/** A heading's anchor as GitHub makes it. */
export function slug(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')
}
