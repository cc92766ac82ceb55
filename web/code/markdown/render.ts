import DOMPurify from 'dompurify'
import { Marked } from 'marked'

/** Characters of Markdown beyond which it is shown as text: rendering is on the page's own thread. */
export const MAX_MARKDOWN_CHARACTERS = 400_000

export interface LinkTarget {
  /** Address within the app for a path relative to the repository's root. */
  pathLink: (path: string, anchor: string) => string
  /** Folder of the Markdown file, '' for the root. */
  folder: string
}

/**
 * Markdown (GitHub's flavour) to sanitized HTML. Relative links become addresses within the app; relative images become
 * `img[data-path]` without a source, to be filled from the repository; images elsewhere become links, so that reading a
 * repository tells nobody.
 */
export function renderMarkdown(text: string, target: LinkTarget): string {
  const marked = new Marked({ gfm: true, async: false })
  const fragment = DOMPurify.sanitize(marked.parse(text, { async: false }), {
    RETURN_DOM_FRAGMENT: true,
    FORBID_TAGS: [
      'style',
      'form',
      'button',
      'textarea',
      'select',
      'video',
      'audio',
      'source',
      'picture',
      'svg',
      'math',
    ],
    FORBID_ATTR: ['style', 'class', 'srcset', 'target', 'name'],
    // Ids of the page's own elements cannot be taken over by a heading.
    SANITIZE_NAMED_PROPS: true,
  })
  for (const link of fragment.querySelectorAll('a[href]')) rewriteLink(link as HTMLAnchorElement, target)
  for (const image of fragment.querySelectorAll('img')) rewriteImage(image, target)
  for (const heading of fragment.querySelectorAll('h1, h2, h3, h4, h5, h6'))
    heading.setAttribute('data-anchor', slug(heading.textContent))
  const holder = document.createElement('div')
  holder.append(fragment)
  return holder.innerHTML
}

function rewriteLink(link: HTMLAnchorElement, target: LinkTarget): void {
  const href = link.getAttribute('href') ?? ''
  if (href.startsWith('#')) {
    link.setAttribute('data-jump', slug(decode(href.slice(1))))
    link.removeAttribute('href')
    link.setAttribute('role', 'link')
    link.setAttribute('tabindex', '0')
    return
  }
  if (isAbsolute(href)) {
    link.rel = 'noopener noreferrer nofollow'
    link.target = '_blank'
    return
  }
  const [path = '', anchor = ''] = href.split('#', 2)
  link.setAttribute('href', target.pathLink(resolvePath(target.folder, decode(path.split('?', 1)[0] ?? '')), anchor))
}

function rewriteImage(image: HTMLImageElement, target: LinkTarget): void {
  const source = image.getAttribute('src') ?? ''
  if (source.startsWith('data:image/')) return
  if (isAbsolute(source)) {
    const link = document.createElement('a')
    link.href = source
    link.rel = 'noopener noreferrer nofollow'
    link.target = '_blank'
    link.textContent = `Image elsewhere: ${image.alt === '' ? source : image.alt}`
    image.replaceWith(link)
    return
  }
  image.removeAttribute('src')
  image.setAttribute('data-path', resolvePath(target.folder, decode(source.split(/[?#]/, 1)[0] ?? '')))
}

function isAbsolute(href: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(href) || href.startsWith('//')
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

/** `path` as seen from `folder`, both relative to the repository's root; `..` above the root stays at the root. */
export function resolvePath(folder: string, path: string): string {
  const parts = path.startsWith('/') ? [] : folder.split('/').filter((part) => part !== '')
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** A heading's anchor as GitHub makes it. */
export function slug(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')
}
