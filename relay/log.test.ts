import { expect, it } from 'vitest'
import { Log, LOG_LEVELS } from './log.ts'
import type { LogFormat, LogLevel } from './log.ts'

function logging(level: LogLevel, format: LogFormat) {
  const lines: string[] = []
  const log = new Log({ level, format, write: (line) => lines.push(line), now: () => new Date(0) })
  return { lines, log }
}

it.each(LOG_LEVELS)('writes what is at least as grave as %s', (level) => {
  const { lines, log } = logging(level, 'text')
  for (const each of LOG_LEVELS) log[each]('happened')
  expect(lines).toHaveLength(LOG_LEVELS.indexOf(level) + 1)
})

it('writes readable lines', () => {
  const { lines, log } = logging('info', 'text')
  log.info('connected', { peer: 'abc', note: 'two words', count: 3, ok: true })
  log.warn('lost')
  expect(lines).toEqual(['00:00:00 connected peer=abc note="two words" count=3 ok=true', '00:00:00 warn: lost'])
})

it('writes one JSON object a line', () => {
  const { lines, log } = logging('info', 'json')
  log.error('broke', { error: 'a\nb' })
  expect(lines[0]).not.toContain('\n')
  expect(JSON.parse(lines[0]!)).toEqual({
    time: '1970-01-01T00:00:00.000Z',
    level: 'error',
    message: 'broke',
    error: 'a\nb',
  })
})

it('lets nobody write lines or colours of their own', () => {
  const { lines, log } = logging('info', 'text')
  log.warn('a\u001b[31m\nb', { reason: 'x\ny\u001b[2J' })
  for (const control of ['\n', '\u001b']) expect(lines[0]).not.toContain(control)
})
