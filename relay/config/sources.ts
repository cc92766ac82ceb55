import { readFileSync } from 'node:fs'
import { delimiter, dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { ParseArgsConfig } from 'node:util'
import { OptionError } from '../errors.ts'
import { flagOf, NAMES, SETTINGS, variableOf } from './settings.ts'
import type { Setting, SettingName } from './settings.ts'

/** What somebody set, and where they did, as errors name it: `--port`, `GUTS_PORT` or `"port" in relay.json`. */
export interface Given {
  values: string[]
  from: string
  /** Folder that relative paths start from. */
  base: string
}

export type Settings = Partial<Record<SettingName, Given>>

/** A configuration is a page of text; what is far beyond that is another file. */
const MAX_FILE_BYTES = 256 * 1024
const ON = ['1', 'true', 'yes', 'on']
const OFF = ['0', 'false', 'no', 'off']

/** Command line before environment before file. Null where help is asked for. Throws `OptionError`. */
export function readSettings(
  args: string[],
  environment: NodeJS.ProcessEnv,
  defaults: { listen: string },
): Settings | null {
  const base = environment.INIT_CWD ?? process.cwd()
  const line = parseLine(args, defaults.listen)
  if (line.help) return null
  const path = line.config ?? (environment.GUTS_CONFIG === '' ? undefined : environment.GUTS_CONFIG)
  const file =
    path === undefined ? {} : readFile(resolve(base, path), line.config === undefined ? 'GUTS_CONFIG' : '--config')
  const settings: Settings = {}
  for (const name of NAMES) {
    settings[name] = fromLine(name, line, base) ?? fromEnvironment(name, environment, base) ?? file[name]
  }
  return settings
}

interface Line {
  values: Record<string, string | boolean | Array<string | boolean> | undefined>
  config?: string
  help: boolean
}

function parseLine(args: string[], listen: string): Line {
  const isEnd = (arg: string | undefined) => arg === undefined || arg.startsWith('-')
  // `--listen` alone means its default; parseArgs knows no optional values.
  const filled = args.map((arg, i) => (arg === '--listen' && isEnd(args[i + 1]) ? `--listen=${listen}` : arg))
  const open = NAMES.filter((name) => SETTINGS[name].secret !== true)
  const options: NonNullable<ParseArgsConfig['options']> = { config: { type: 'string' }, help: { type: 'boolean' } }
  for (const name of open) {
    const { kind } = SETTINGS[name]
    options[flagOf(name)] = { type: kind === 'switch' ? 'boolean' : 'string', multiple: kind === 'list' }
  }
  try {
    const { values } = parseArgs({ args: filled, options, strict: true, allowPositionals: false })
    return { values, config: values.config as string | undefined, help: values.help === true }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const option = /'(-[^' <]*|[^']*)/.exec(message)?.[1] ?? 'options'
    const secret = NAMES.find((name) => SETTINGS[name].secret === true && option === `--${flagOf(name)}`)
    if (secret !== undefined) {
      throw new OptionError(
        option,
        `a command line can be read by others; set ${variableOf(secret)}, or ${option}-file FILE.`,
      )
    }
    throw new OptionError(
      option,
      /unknown option/i.test(message) ? 'there is no such option.' : message.split('. ')[0]!,
    )
  }
}

function fromLine(name: SettingName, line: Line, base: string): Given | undefined {
  const value = line.values[flagOf(name)]
  if (value === undefined) return undefined
  return { values: (Array.isArray(value) ? value : [value]).map(String), from: `--${flagOf(name)}`, base }
}

/** An empty variable counts as none: that is how `docker compose` passes one that nobody set. */
function fromEnvironment(name: SettingName, environment: NodeJS.ProcessEnv, base: string): Given | undefined {
  const from = variableOf(name)
  const text = environment[from]
  if (text === undefined || text.trim() === '') return undefined
  const { kind, paths }: Setting = SETTINGS[name]
  if (kind === 'list') {
    const parts = paths === true ? text.split(delimiter) : text.split(/[\s,]+/)
    return { values: parts.filter(Boolean), from, base }
  }
  return { values: [kind === 'switch' ? switchOf(text, from) : text], from, base }
}

function switchOf(text: string, from: string): string {
  const word = text.trim().toLowerCase()
  if (ON.includes(word)) return 'true'
  if (OFF.includes(word)) return 'false'
  throw new OptionError(from, `"${text}" is neither true nor false.`)
}

/** Paths in it start from its own folder. */
function readFile(path: string, option: string): Settings {
  const refuse = (problem: string): never => {
    throw new OptionError(option, problem)
  }
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    refuse(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)}).`)
  }
  if (text.length > MAX_FILE_BYTES) refuse(`${path} is larger than ${MAX_FILE_BYTES / 1024} KiB.`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    refuse(`${path} is no JSON (${error instanceof Error ? error.message : String(error)}).`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse(`${path} holds no object, such as {"publicUrl": "https://code.example.org"}.`)
  }
  const settings: Settings = {}
  for (const [name, content] of Object.entries(value as Record<string, unknown>)) {
    const from = `"${name}" in ${path}`
    if (!isName(name)) throw new OptionError(from, `there is no such setting. There are ${NAMES.join(', ')}.`)
    if (content !== null) settings[name] = { values: valuesOf(name, content, from), from, base: dirname(path) }
  }
  return settings
}

function isName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name)
}

function valuesOf(name: SettingName, content: unknown, from: string): string[] {
  const { kind } = SETTINGS[name]
  switch (kind) {
    case 'switch':
      if (typeof content === 'boolean') return [String(content)]
      throw new OptionError(from, 'is neither true nor false.')
    case 'text':
      if (typeof content === 'string' || typeof content === 'number') return [String(content)]
      // Hosts of git servers read best as what they are.
      if (name === 'gitProxyHosts' && isTexts(content)) return [content.join(',') || 'none']
      throw new OptionError(from, 'is neither a text nor a number.')
    case 'list':
      if (isTexts(content)) return content
      throw new OptionError(from, 'is no list of texts.')
  }
}

function isTexts(content: unknown): content is string[] {
  return Array.isArray(content) && content.every((entry) => typeof entry === 'string')
}
