import { tagHighlighter, tags as t } from '@lezer/highlight'

/**
 * The classes that highlighting knows; a token is an index into this list. Few on purpose: a reader needs to tell
 * comments, strings, names and keywords apart, not thirty colours.
 */
export const TOKEN_CLASSES = [
  '',
  'tok-comment',
  'tok-string',
  'tok-number',
  'tok-keyword',
  'tok-type',
  'tok-name',
  'tok-meta',
  'tok-heading',
  'tok-link',
] as const

const NAMES: Record<string, number> = Object.fromEntries(TOKEN_CLASSES.map((name, index) => [name, index]))

export const highlighter = tagHighlighter([
  { tag: [t.comment, t.docComment, t.lineComment, t.blockComment], class: 'tok-comment' },
  { tag: [t.string, t.special(t.string), t.regexp, t.character, t.attributeValue, t.monospace], class: 'tok-string' },
  { tag: [t.number, t.bool, t.null, t.atom, t.color, t.unit], class: 'tok-number' },
  {
    tag: [t.keyword, t.controlKeyword, t.operatorKeyword, t.definitionKeyword, t.moduleKeyword, t.modifier, t.self],
    class: 'tok-keyword',
  },
  { tag: [t.typeName, t.className, t.namespace, t.tagName, t.macroName], class: 'tok-type' },
  {
    tag: [
      t.function(t.variableName),
      t.function(t.propertyName),
      t.definition(t.variableName),
      t.attributeName,
      t.propertyName,
      t.labelName,
    ],
    class: 'tok-name',
  },
  { tag: [t.meta, t.annotation, t.processingInstruction, t.documentMeta, t.contentSeparator], class: 'tok-meta' },
  { tag: [t.heading], class: 'tok-heading' },
  { tag: [t.link, t.url], class: 'tok-link' },
])

/** Index into `TOKEN_CLASSES` of what the highlighter names; the first of several classes counts. */
export function tokenIndex(classes: string): number {
  return NAMES[classes.split(' ', 1)[0] ?? ''] ?? 0
}
