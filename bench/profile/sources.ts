import { existsSync, readFileSync } from 'node:fs'
import { SourceMap, type SourceMapConstructorOptions, type SourceMapPayload } from 'node:module'
import { join } from 'node:path'
import type { Frame } from './samples.ts'

/** A function by where its source stands. */
export interface SourceFunction {
  /** From the project's root: `src/git/pack/delta.ts`, `node_modules/pako/…`; '' for what the browser itself does. */
  file: string
  name: string
}

interface Mapped {
  map: SourceMap
  lines: Map<string, string[]>
}

/** Finds the source of functions in built scripts, by the maps that were built beside them. */
export class Sources {
  /** Folders that hold the scripts, by the port that serves them. */
  readonly #folders: Map<string, string>
  readonly #maps = new Map<string, Mapped | null>()

  constructor(folders: ReadonlyMap<number, string>) {
    this.#folders = new Map([...folders].map(([port, folder]) => [String(port), folder]))
  }

  of(frame: Frame): SourceFunction {
    if (frame.url === '') return { file: '', name: frame.functionName }
    if (frame.url.startsWith('wasm:')) return { file: 'wasm', name: frame.functionName }
    const mapped = this.#map(frame.url)
    const entry = mapped?.map.findEntry(frame.line, frame.column)
    // What the bundler added itself has no source.
    const source =
      entry !== undefined && 'originalSource' in entry ? (entry.originalSource as string | undefined) : undefined
    if (mapped == null || entry === undefined || !('originalSource' in entry) || source === undefined) {
      return { file: frame.url, name: frame.functionName }
    }
    const file = source.replace(/^(\.\.?\/)+/, '').replace(/^.*?node_modules\//, 'node_modules/')
    const line = mapped.lines.get(source)?.[entry.originalLine] ?? ''
    return { file, name: nameAt(line, entry.originalColumn) ?? frame.functionName }
  }

  #map(url: string): Mapped | null {
    const known = this.#maps.get(url)
    if (known !== undefined) return known
    const { port, pathname } = new URL(url)
    const folder = this.#folders.get(port)
    const file = folder === undefined ? '' : join(folder, `${pathname}.map`)
    const mapped = existsSync(file) ? read(file) : null
    this.#maps.set(url, mapped)
    return mapped
  }
}

function read(file: string): Mapped {
  const payload = JSON.parse(readFileSync(file, 'utf8')) as SourceMapPayload
  const options: SourceMapConstructorOptions = { lineLengths: [] }
  const lines = new Map(payload.sources.map((source, n) => [source, (payload.sourcesContent[n] ?? '').split('\n')]))
  return { map: new SourceMap(payload, options), lines }
}

/** What a function that begins at `column` of `line` is called: V8 points at its parameters, or at its name. */
function nameAt(line: string, column: number): string | undefined {
  const before = /(?:([#\w$]+)\s*[=:]?\s*(?:async\s*)?)$/.exec(line.slice(0, column).replace(/\bfunction\s*$/, ''))
  const after = /^(?:async\s+)?(?:function\s+)?([#\w$]+)\s*[(=:]/.exec(line.slice(column))
  const found = after?.[1] ?? before?.[1]
  return found === undefined || ['async', 'function', 'await', 'return'].includes(found) ? undefined : found
}
