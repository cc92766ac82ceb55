import { flagOf, GROUPS } from './settings.ts'
import type { Setting } from './settings.ts'

const COLUMN = 28
const WIDTH = 112

/** What `--help` prints. */
export const USAGE = `Usage: npm start -- [options]

Serves the app and is the meeting point (relay) for the browsers that use it.

${GROUPS.map(
  ({ title, settings }) =>
    `${title}:\n${Object.entries(settings as Record<string, Setting>)
      .filter(([, { secret }]) => secret !== true)
      .map(([name, setting]) => row(name, setting))
      .join('\n')}\n`,
).join('\n')}
  --config FILE             take what is not set elsewhere from a JSON file
  --help                    this text

An option that is marked * may be given several times. Each option is also a variable and a key of the file:
--public-url is $GUTS_PUBLIC_URL (lists parted by commas; the paths of $GUTS_SHARE as in $PATH) and "publicUrl"
(lists as JSON lists). The command line goes before the environment, and that before the file.
$GUTS_TURN_SECRET, or "turnSecret" in the file, is the secret that --turn shares with its server.
`

function row(name: string, { kind, value, help }: Setting): string {
  const left = `  --${flagOf(name)}${value === undefined ? '' : ` ${value}`}${kind === 'list' ? ' *' : ''}`
  const lines = wrap(help, WIDTH - COLUMN)
  const first = left.length < COLUMN ? left.padEnd(COLUMN) + lines.shift()! : left
  return [first, ...lines.map((line) => ' '.repeat(COLUMN) + line)].join('\n')
}

function wrap(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}
