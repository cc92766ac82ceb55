import fc from 'fast-check'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lineDiff, type LineDiff } from './line-diff.ts'

const encoder = new TextEncoder()
const text = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', '  c', '}', '', 'ü', 'long line'), { maxLength: 40 }), fc.boolean())
  .map(([lines, complete]) => lines.join('\n') + (complete && lines.length > 0 ? '\n' : ''))

/** A patch as git writes it. */
function patch({ hunks }: LineDiff): string {
  let out = '--- a/file\n+++ b/file\n'
  for (const hunk of hunks) {
    out += `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@\n`
    for (const line of hunk.lines) out += `${line.kind}${line.kind === '\\' ? ' ' : ''}${line.text}\n`
  }
  return out
}

describe('lineDiff', () => {
  let dir = ''
  beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'line-diff-'))))
  afterAll(() => rmSync(dir, { recursive: true }))

  it('gives patches that git applies, with any context', () => {
    fc.assert(
      fc.property(text, text, fc.integer({ min: 1, max: 4 }), (before, after, context) => {
        fc.pre(before !== after && before !== '' && after !== '')
        writeFileSync(join(dir, 'file'), before)
        const diff = lineDiff(encoder.encode(before), encoder.encode(after), context)
        const run = spawnSync('git', ['apply', '--unidiff-zero', '--whitespace=nowarn', '-'], {
          cwd: dir,
          input: patch(diff),
        })
        expect(run.stderr.toString()).toBe('')
        const read = spawnSync('cat', ['file'], { cwd: dir })
        expect(read.stdout.toString()).toBe(after)
      }),
      { numRuns: 60 },
    )
  })

  it('counts no more lines than git diff --minimal does', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        writeFileSync(join(dir, 'before'), before)
        writeFileSync(join(dir, 'after'), after)
        const run = spawnSync('git', ['diff', '--no-index', '--minimal', '--numstat', 'before', 'after'], { cwd: dir })
        const [added = 0, removed = 0] = run.stdout.toString().split('\t').map(Number)
        const diff = lineDiff(encoder.encode(before), encoder.encode(after))
        expect(diff.additions - diff.deletions).toBe(added - removed)
        expect(diff.additions).toBeLessThanOrEqual(added)
      }),
      { numRuns: 60 },
    )
  })

  it('shows what is not UTF-8 lossily and keeps a byte order mark', () => {
    const { hunks } = lineDiff(new Uint8Array([0xe9, 10]), new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 13, 10]))
    expect(hunks[0]?.lines.map(({ text }) => text)).toEqual(['\ufffd', '\ufeffa\r'])
  })

  it('places an added function as a whole', () => {
    const one = 'f() {\n  a\n}\n\n'
    const { hunks } = lineDiff(encoder.encode(`${one}h() {\n}\n`), encoder.encode(`${one}g() {\n  a\n}\n\nh() {\n}\n`))
    expect(hunks[0]?.lines.filter(({ kind }) => kind === '+').map(({ text }) => text)).toEqual([
      'g() {',
      '  a',
      '}',
      '',
    ])
  })
})
