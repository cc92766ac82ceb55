/**
 * The HTML in a Markdown text, written anew from what is known to be harmless. What comes out is sanitized once more as
 * elements; this first pass exists because already parsing a hostile attribute or style makes the page's Content-
 * Security-Policy complain, and those complaints are to mean something.
 */

/** Elements that are kept, without most of their attributes. */
const ELEMENTS = new Set(
  (
    'a abbr b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure ' +
    'h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strike strong sub summary sup ' +
    'table tbody td tfoot th thead tr tt u ul var wbr'
  ).split(' '),
)

/** Elements that go with all that is in them. */
const WHOLE =
  /<(script|style|iframe|object|embed|noscript|noembed|noframes|template|textarea|select|svg|math|video|audio|title|xmp|plaintext)\b[\s\S]*?(?:<\/\1\s*>|$)/gi

const COMMENT = /<!--[\s\S]*?(?:-->|$)/g

const TAG = /<(\/?)([a-z][a-z0-9]*)|</gi

/** Characters of a tag beyond which it is text: so that looking for its end stays cheap, however many never end. */
const MAX_TAG = 2000

const ATTRIBUTE = /([a-z][a-z-]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/gi

const ATTRIBUTES = new Set(
  'href src alt title width height align valign colspan rowspan open start reversed lang dir cite datetime'.split(' '),
)

/** HTML that has none but the elements and attributes above; any other `<` is text. An id becomes `data-anchor`. */
export function harmlessHtml(html: string): string {
  const text = html.replace(COMMENT, '').replace(WHOLE, '')
  let made = ''
  let at = 0
  for (const match of text.matchAll(TAG)) {
    // Within the tag before: a `<` in a quoted value.
    if (match.index < at) continue
    made += text.slice(at, match.index)
    const [start, slash, name] = match
    const from = match.index + start.length
    const end = name === undefined ? null : tagEnd(text, from)
    at = end === null ? match.index + 1 : end + 1
    made += end === null || name === undefined ? '&lt;' : tag(slash === '/', name, text.slice(from, end))
  }
  return made + text.slice(at)
}

/** Where the `>` of a tag is, quoted values aside; null where there is none near. */
function tagEnd(text: string, from: number): number | null {
  let quote = ''
  for (let at = from; at < Math.min(text.length, from + MAX_TAG); at++) {
    const character = text.charAt(at)
    if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '>') {
      return at
    } else if (character === '"' || character === "'") {
      quote = character
    } else if (character === '<') {
      return null
    }
  }
  return null
}

function tag(closes: boolean, name: string, rest: string): string {
  const element = name.toLowerCase()
  if (!ELEMENTS.has(element)) return ''
  return closes ? `</${element}>` : `<${element}${attributes(rest)}>`
}

function attributes(text: string): string {
  let kept = ''
  for (const [, name = '', double, single, bare] of text.matchAll(ATTRIBUTE)) {
    const known = name.toLowerCase()
    const value = double ?? single ?? bare ?? ''
    if (known === 'id' || known === 'name') kept += attribute('data-anchor', value)
    else if (ATTRIBUTES.has(known)) kept += attribute(known, value)
  }
  return kept
}

function attribute(name: string, value: string): string {
  return ` ${name}="${value.replaceAll('"', '&quot;').replaceAll('<', '&lt;')}"`
}
