import { describe, expect, it } from 'vitest'
import { seeded } from '../pack/testing/git-oracle.ts'
import { histogram } from './histogram.ts'
import { MergeLab } from './testing/merge-lab.ts'
import { mergeText } from './text.ts'
import { byteString, bytesOf } from './versions.ts'

type Texts = [base: string, ours: string, theirs: string]

const LONG = process.env.GUTS_LONG === '1'

function merge([base, ours, theirs]: Texts, labels = ['ours', 'theirs']): { text: string; clean: boolean } {
  const [left = '', right = ''] = labels
  const { bytes, clean } = mergeText(bytesOf(base), bytesOf(ours), bytesOf(theirs), {
    ours: bytesOf(left),
    theirs: bytesOf(right),
    size: 7,
  })
  return { text: byteString(bytes), clean }
}

/** What stock git makes of the same files, markers included: all in one merge, a file each. */
async function gitTexts(all: Texts[]): Promise<{ merges: Array<{ text: string; clean: boolean }>; labels: string[] }> {
  using lab = new MergeLab()
  const version = (which: number) => Object.fromEntries(all.map((texts, n) => [`f${n}`, texts[which] ?? '']))
  const base = await lab.commit(version(0))
  const labels = [await lab.commit(version(1), [base]), await lab.commit(version(2), [base])] as const
  const [merge] = await lab.gitMerges([labels])
  const conflicts = new Set(merge?.conflicts.map((line) => line.slice(line.indexOf('\t') + 1)))
  const input = all.map((_, n) => `${merge?.tree}:f${n}\n`).join('')
  const out = byteString(lab.repository.gitBytes(['cat-file', '--batch'], input))
  let at = 0
  const merges = all.map((_, n) => {
    const start = out.indexOf('\n', at) + 1
    const size = Number(out.slice(at, start).split(' ')[2])
    at = start + size + 1
    return { text: out.slice(start, start + size), clean: !conflicts.has(`f${n}`) }
  })
  return { merges, labels: [...labels] }
}

describe('text is merged as git merges it', () => {
  const numbered = (...lines: Array<number | string>) => lines.map((line) => `${line}\n`).join('')
  const ten = numbered(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
  const cases: Record<string, Texts> = {
    'changes apart': [ten, ten.replace('2\n', 'two\n'), ten.replace('8\n', 'eight\n')],
    'changes that touch': [ten, ten.replace('4\n', 'four\n'), ten.replace('5\n', 'five\n')],
    'one line between': [ten, ten.replace('4\n', 'four\n'), ten.replace('6\n', 'six\n')],
    'the same change': [ten, ten.replace('4\n', 'four\n'), ten.replace('4\n', 'four\n')],
    'the same change and another beside it': [ten, ten.replace('4\n', 'four\n'), ten.replace('4\n5\n', 'four\nfive\n')],
    'an insertion at the place of a deletion': [ten, ten.replace('5\n', '5\nnew\n'), ten.replace('6\n', '')],
    'both append': [ten, `${ten}a\n`, `${ten}b\n`],
    'both append, with the end in common': [ten, `${ten}a\n}\n`, `${ten}b\n}\n`],
    'one appends, one prepends': [ten, `${ten}a\n`, `b\n${ten}`],
    'all deleted and changed': [ten, '', ten.replace('5\n', 'five\n')],
    'from nothing': ['', 'a\n', 'b\n'],
    'no last line feed': ['a\nb\nc', 'A\nb\nc', 'a\nb\nc\n'],
    'no last line feed, in conflict': ['a\nb\nc', 'a\nb\nC', 'a\nb\nD'],
    'CR LF': ['a\r\nb\r\nc\r\nd\r\n', 'A\r\nb\r\nc\r\nd\r\n', 'a\r\nb\r\nc\r\nD\r\n'],
    'CR LF, in conflict': ['a\r\nb\r\nc\r\n', 'a\r\nx\r\nc\r\n', 'a\r\ny\r\nc\r\n'],
    'CR LF against LF': ['a\nb\nc\nd\n', 'a\r\nb\r\nc\r\nd\r\n', 'a\nb\nc\nD\n'],
    'Latin-1': ['caf\xe9\n1\n2\n\xfcber\n', 'CAF\xc9\n1\n2\n\xfcber\n', 'caf\xe9\n1\n2\n\xdcBER\n'],
    'bytes that are characters of windows-1252': ['\x80\n1\n\x81\n', '\x80\n1\n\x8d\n', '\x9d\n1\n\x81\n'],
    'conflicts three lines apart': [ten, ten.replace(/2|6/g, 'x'), ten.replace(/2|6/g, 'y')],
    'conflicts four lines apart': [ten, ten.replace(/2|7/g, 'x'), ten.replace(/2|7/g, 'y')],
    'a change of one side between two conflicts': [
      ten,
      ten.replace(/2|6/g, 'x'),
      ten.replace(/2|6/g, 'y').replace('4', 'z'),
    ],
    'a name that objects have': ['a\n__proto__\nb\n', 'a\n__proto__\nB\n', 'constructor\n__proto__\nb\n'],
  }

  it('in each of these cases', async () => {
    const { merges, labels } = await gitTexts(Object.values(cases))
    const git = Object.fromEntries(Object.keys(cases).map((name, n) => [name, merges[n]]))
    const ours = Object.fromEntries(Object.entries(cases).map(([name, texts]) => [name, merge(texts, labels)]))
    expect(ours).toEqual(git)
    expect(merges.filter(({ clean }) => clean).length).toBeGreaterThan(5)
  })

  /**
   * Random edits of random lines, many of which are equal. What is clean for us must be clean for git with the same bytes. The
   * other way round there is one class: regions that share nothing but lines which stand more than 64 times in them. There
   * git falls back to its older algorithm with all its heuristics, and we ask.
   */
  it('for any texts', async () => {
    const count = LONG ? 50_000 : 1000
    const seed = 1
    const random = seeded(seed)
    const all = Array.from({ length: count }, () => randomTexts(random)).filter(
      ([base, ours, theirs]) => new Set([base, ours, theirs]).size === 3,
    )
    let more = 0
    const { merges, labels } = await gitTexts(all)
    for (const [n, expected] of merges.entries()) {
      const texts = all[n] as Texts
      const ours = merge(texts, labels)
      if (expected.clean && !ours.clean) more++
      else if (ours.clean !== expected.clean || ours.text !== expected.text)
        expect(ours, `text ${n} of seed ${seed}: ${JSON.stringify(texts)}`).toEqual(expected)
    }
    if (LONG) console.log(`${all.length} texts, ${more} conflicts more than git`)
    expect(more).toBeLessThan(all.length / 50)
  })
})

function randomTexts(random: (below: number) => number): Texts {
  const alphabet = [2, 3, 5, 10, 40, 400][random(6)] as number
  const end = random(4) === 0 ? '\r\n' : '\n'
  const base = Array.from({ length: random([3, 8, 20, 60, 200][random(5)] as number) }, () => `l${random(alphabet)}`)
  const edit = () => {
    const lines = [...base]
    for (let n = 0; n <= random(4); n++) {
      const added = Array.from({ length: random(4) }, () =>
        random(3) > 0 ? `l${random(alphabet)}` : `n${random(1000)}`,
      )
      lines.splice(random(lines.length + 1), random(2) * random(4), ...added)
    }
    return lines
  }
  const text = (lines: string[]) => lines.join(end) + (random(6) === 0 ? '' : end)
  return [text(base), text(edit()), text(edit())]
}

describe('limits', () => {
  const lines = (count: number, line: (n: number) => string) => Array.from({ length: count }, (_, n) => `${line(n)}\n`)

  it('of the number of changes: 5,000 stretches merge, one more is a conflict of the whole', () => {
    // Ours changes each second line but the last two, of which theirs changes one: as many stretches as there are lines.
    const texts = (count: number): Texts => {
      const base = lines(count, (n) => String(n))
      const ours = base.map((line, n) => ((n + count) % 2 === 0 || n >= count - 2 ? line : `changed ${line}`)).join('')
      return [base.join(''), ours, base.with(-1, 'last\n').join('')]
    }
    expect(merge(texts(5000)).clean).toBe(true)
    const [base, ours, theirs] = texts(5001)
    const whole = `<<<<<<< ours\n${ours}=======\n${theirs}>>>>>>> theirs\n`
    expect(merge([base, ours, theirs])).toEqual({ clean: false, text: whole })
  })

  it('of comparisons: beyond it nothing more is looked for, and it is a conflict', () => {
    const [base, side] = [Int32Array.of(0, 1, 2, 3), Int32Array.of(0, 1, 4, 2, 3)]
    // Both runs of two are found, the first is taken, and the second is found again: in four lines, then in two.
    expect(histogram(base, side, 5, 12)).toMatchObject({ sure: true, added: Uint8Array.of(0, 0, 1, 0, 0) })
    expect(histogram(base, side, 5, 11)).toMatchObject({ sure: false })
  })

  it('of how often a line may stand: 64 times, and it is an anchor; once more, and only a change in one place is sure', () => {
    const often = (times: number, ...more: number[]) => Int32Array.from([...Array<number>(times).fill(0), ...more])
    const others = [1, ...Array<number>(70).fill(0), 2]
    expect(histogram(often(64), Int32Array.from(others), 3).sure).toBe(true)
    expect(histogram(often(65), Int32Array.from(others), 3).sure).toBe(false)
    expect(histogram(often(65, 1), often(65, 2), 3)).toMatchObject({ sure: true, added: Uint8Array.from(often(65, 1)) })
  })
})
