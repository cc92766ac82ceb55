export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
export const LOG_FORMATS = ['text', 'json'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]
export type LogFormat = (typeof LOG_FORMATS)[number]

/** What is known of one event. Never a secret, a link, or the name or path of a repository. */
export type LogFields = Record<string, string | number | boolean | null>

export interface LogInit {
  level: LogLevel
  format: LogFormat
  /** Takes one line without its end. Default: `error` and `warn` to standard error, the rest to standard output. */
  write?: (line: string, level: LogLevel) => void
  now?: () => Date
}

/** What the relay says while it runs: readable lines, or one JSON object a line for a collector. */
export class Log {
  readonly format: LogFormat
  readonly #level: number
  readonly #write: (line: string, level: LogLevel) => void
  readonly #now: () => Date

  constructor({ level, format, write = toStandardStreams, now = () => new Date() }: LogInit) {
    this.format = format
    this.#level = LOG_LEVELS.indexOf(level)
    this.#write = write
    this.#now = now
  }

  error(message: string, fields: LogFields = {}): void {
    this.#say('error', message, fields)
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#say('warn', message, fields)
  }

  info(message: string, fields: LogFields = {}): void {
    this.#say('info', message, fields)
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#say('debug', message, fields)
  }

  #say(level: LogLevel, message: string, fields: LogFields): void {
    if (LOG_LEVELS.indexOf(level) > this.#level) return
    const time = this.#now().toISOString()
    if (this.format === 'json') {
      this.#write(JSON.stringify({ time, level, message, ...fields }), level)
      return
    }
    const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${oneLine(value)}`)
    const mark = level === 'info' ? '' : `${level}: `
    this.#write(`${time.slice(11, 19)} ${mark}${message.replace(CONTROLS, ' ')}${rest.join('')}`, level)
  }
}

/** What a peer chose must not write lines of its own. */
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g

function oneLine(value: string | number | boolean | null): string {
  return typeof value === 'string' && (value === '' || /[\s"=]/.test(value)) ? JSON.stringify(value) : String(value)
}

function toStandardStreams(line: string, level: LogLevel): void {
  const stream = level === 'error' || level === 'warn' ? process.stderr : process.stdout
  stream.write(`${line}\n`)
}
