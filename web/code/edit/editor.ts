import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import {
  bracketMatching,
  defineLanguageFacet,
  HighlightStyle,
  indentOnInput,
  Language,
  syntaxHighlighting,
} from '@codemirror/language'
import { EditorState, type Extension } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'

import { parserFor } from '../highlight/languages.ts'

export interface Editor {
  text: () => string
  destroy: () => void
}

const colours = HighlightStyle.define([
  { tag: tags.comment, color: 'var(--code-comment)', fontStyle: 'italic' },
  { tag: [tags.string, tags.regexp], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--code-number)' },
  { tag: tags.keyword, color: 'var(--code-keyword)' },
  { tag: [tags.typeName, tags.className, tags.tagName], color: 'var(--code-type)' },
  { tag: [tags.function(tags.variableName), tags.attributeName, tags.propertyName], color: 'var(--code-function)' },
  { tag: tags.heading, fontWeight: '600' },
])

const theme = EditorView.theme({
  '&': { color: 'var(--ink)', backgroundColor: 'var(--raised)', fontSize: '13px' },
  '.cm-content': { fontFamily: 'var(--font-mono)', caretColor: 'var(--ink)' },
  '.cm-gutters': { color: 'var(--ink-faint)', backgroundColor: 'var(--raised)', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'var(--hover)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { background: 'var(--accent-wash) !important' },
})

/**
 * A text editor in `host`'s shadow root: CodeMirror writes its style sheets there as constructed sheets, which a strict
 * content security policy allows. `label` names it for assistive technology.
 */
export async function createEditor(
  host: HTMLElement,
  options: { text: string; fileName: string; label: string; focus: boolean; onchange: () => void },
): Promise<Editor> {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
  const parser = await parserFor(options.fileName)
  const language: Extension = parser === null ? [] : new Language(defineLanguageFacet(), parser, [], options.fileName)
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        indentOnInput(),
        bracketMatching(),
        syntaxHighlighting(colours),
        theme,
        language,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': options.label }),
        // A file with CRLF stays one: the editor would otherwise write every line anew.
        options.text.includes('\r\n') ? EditorState.lineSeparator.of('\r\n') : [],
        keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onchange()
        }),
      ],
    }),
  })
  if (options.focus) view.focus()
  return { text: () => view.state.sliceDoc(), destroy: () => view.destroy() }
}
