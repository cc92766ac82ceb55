import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cases, casesOfGit } from '../../../playwright/fixtures/cases.ts'
import { repositoryFormat } from './git-config.ts'

const plain = { sha256: false, reftable: false, partial: false }

describe('repositoryFormat', () => {
  it.each([
    ['', plain],
    ['[core]\n\trepositoryformatversion = 0\n\tbare = false\n[remote "origin"]\n\turl = x\n', plain],
    ['[extensions]\n\tobjectformat = sha256\n', { ...plain, sha256: true }],
    ['[Extensions]\n  ObjectFormat=SHA1 ; the old one\n', plain],
    ['[extensions]\n\trefStorage = "reftable"\n', { ...plain, reftable: true }],
    ['[extensions] refstorage = files\n', plain],
    ['[extensions] refstorage = reftable # new\n', { ...plain, reftable: true }],
    ['[extensions]\n\tpartialClone = origin\n', { ...plain, partial: true }],
    ['[remote "origin"]\n\tpromisor = true\n\tpartialclonefilter = blob:none\n', { ...plain, partial: true }],
    ['[remote "or\\"igin"]\n\tpromisor\n', { ...plain, partial: true }],
    ['[remote "origin"]\n\tpromisor = false\n', plain],
    ['# [extensions]\n#\tobjectformat = sha256\n', plain],
    ['[branch "extensions"]\n\tobjectformat = sha256\n', plain],
  ])('reads %j', (config, format) => {
    expect(repositoryFormat(config)).toEqual(format)
  })

  const piece = fc.constantFrom(
    ...['[extensions]', '[remote "o"]', '[core]', 'objectformat', 'refStorage', 'promisor', 'partialclone', 'bare'],
    ...[' = ', '=', 'sha1', 'sha256', 'files', 'reftable', 'true', 'no', '0', ' ', '\t', '\n', '\n', ' # a', '; b'],
  )
  const text = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''))

  it('ends whatever the text, and says yes or no', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (config) => {
        expect(Object.values(repositoryFormat(config)).every((value) => typeof value === 'boolean')).toBe(true)
      }),
      cases(20240617),
    )
  })

  it('reads what git reads', () => {
    fc.assert(
      fc.property(text, (config) => {
        const values = settingsOf(config)
        // What git refuses to read is no repository to it; nothing follows for what is read of it here.
        fc.pre(values !== null)
        const all = (name: string) =>
          values?.filter(([key]) => key === name).map(([, value]) => value.toLowerCase()) ?? []
        expect(repositoryFormat(config)).toEqual({
          sha256: all('extensions.objectformat').some((value) => value !== 'sha1'),
          reftable: all('extensions.refstorage').some((value) => value !== 'files'),
          partial:
            all('extensions.partialclone').length > 0 ||
            all('remote.o.promisor').some((value) => !['false', 'no', 'off', '0', ''].includes(value)),
        })
      }),
      casesOfGit(20240618),
    )
  })

  it('is not held up by a long line of nothing', () => {
    const spaces = ' '.repeat(1_000_000)
    expect(repositoryFormat(`[extensions]\n\trefstorage = reftable${spaces}x\n[core${spaces}\nbare${spaces}x`)).toEqual(
      {
        ...plain,
        reftable: true,
      },
    )
  })
})

/** What git finds in a configuration: names and values; null where it refuses it. */
function settingsOf(config: string): Array<[string, string]> | null {
  try {
    const env = { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1', HOME: '/nonexistent' }
    const output = execFileSync('git', ['config', '--file', '-', '--list', '-z'], { input: config, env, stdio: 'pipe' })
    const lines = output.toString().split('\0').slice(0, -1)
    return lines.map((line) => [
      line.split('\n')[0] ?? '',
      line.includes('\n') ? line.slice(line.indexOf('\n') + 1) : 'true',
    ])
  } catch {
    return null
  }
}
