/** Stock git for tests, in Node only: it makes repositories and judges what we make. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ENVIRONMENT = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ana',
  GIT_AUTHOR_EMAIL: 'ana@example.org',
  GIT_AUTHOR_DATE: '1700000000 +0100',
  GIT_COMMITTER_NAME: 'Ben',
  GIT_COMMITTER_EMAIL: 'ben@example.org',
  GIT_COMMITTER_DATE: '1700000100 -0330',
}

export class TestRepository {
  readonly path: string

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'guts-pack-'))
    this.git(['init', '-q', '--bare', '-b', 'main', '.'])
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }

  file(name: string): string {
    return join(this.path, name)
  }

  readFile(name: string): Uint8Array {
    return new Uint8Array(readFileSync(this.file(name)))
  }

  gitBytes(args: string[], input: Uint8Array | string = ''): Uint8Array {
    const stdout = execFileSync('git', args, {
      cwd: this.path,
      env: ENVIRONMENT,
      input,
      maxBuffer: 512 * 1024 * 1024,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    return new Uint8Array(stdout)
  }

  /** Standard output, without the last newline. Throws where git fails, with what it said. */
  git(args: string[], input: Uint8Array | string = ''): string {
    return new TextDecoder().decode(this.gitBytes(args, input)).replace(/\n$/, '')
  }

  /** What the revisions reach (one a line, as `git rev-list --stdin`), else what all refs reach, as one pack. */
  pack(options: string[] = [], revisions?: string): Uint8Array {
    const all = revisions === undefined ? ['--all'] : []
    return this.gitBytes(
      ['pack-objects', '--stdout', '--revs', '--threads=1', '-q', ...all, ...options],
      revisions === undefined ? '' : `${revisions}\n`,
    )
  }

  /** The ids of a pack's objects, 20 bytes each, sorted; null where `git index-pack` refuses it. */
  idsOf(pack: Uint8Array): number[] | null {
    const [file, idx] = [this.file('judged.pack'), this.file('judged.idx')]
    writeFileSync(file, pack)
    try {
      this.git(['index-pack', '-o', idx, file])
      const lines = this.git(['show-index'], readFileSync(idx)).split('\n')
      return lines.flatMap((line) => [...Buffer.from(line.split(' ')[1] ?? '', 'hex')])
    } catch {
      return null
    } finally {
      for (const made of [file, idx, this.file('judged.rev')]) rmSync(made, { force: true })
    }
  }

  oids(revisions: string[] = ['--all']): string[] {
    return this.git(['rev-list', '--objects', '--no-object-names', ...revisions]).split('\n')
  }
}

/** Small numbers from a seed (mulberry32): the same everywhere. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below) | 0
  }
}

/** A history with edits, deep folders, binary files, symlinks, submodules, merges, tags and odd names. */
export function seedRepository(repository: TestRepository, seed: number, commits = 60): void {
  const random = seeded(seed)
  const stream: Array<string | Uint8Array> = []
  const text = (value: string): void => void stream.push(value)
  const data = (bytes: Uint8Array | string): void => {
    const content = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes
    stream.push(`data ${content.length}\n`, content, '\n')
  }
  const files = [
    'README.md',
    'src/a.ts',
    'src/deep/er/b.ts',
    'sp ace.txt',
    'ünï.txt',
    'big.txt',
    '-dash',
    'x/y/z/w/v.c',
  ]
  const lines = Array.from({ length: 400 }, (_, i) => `line ${i} ${random(1e9)}`)
  for (let i = 1; i <= commits; i++) {
    const side = i > 3 && i % 9 === 5
    text(`commit refs/heads/${side ? 'side' : 'main'}\nmark :${i}\n`)
    text(`author A ${i} <a${i}@example.org> ${1600000000 + i * 60} +0200\n`)
    text(`committer C <c@example.org> ${1600000000 + i * 60} -0700\n`)
    data(`commit ${i}\n\nBody ${random(1e6)}\n`)
    if (side) text(`from :${i - 1}\n`)
    else if (i > 1) text(`from :${i - 1 - ((i - 1) % 9 === 5 && i > 4 ? 1 : 0)}\n`)
    if (i % 9 === 7 && i > 6) text(`merge :${i - 2}\n`)
    for (let k = 0; k < 3; k++) lines[random(lines.length)] = `changed ${i} ${random(1e9)}`
    text(`M 100644 inline "${files[random(files.length)]}"\n`)
    data(lines.slice(0, 50 + random(350)).join('\n'))
    text(`M 100644 inline all.txt\n`)
    data(lines.join('\n'))
    if (i % 10 === 1) {
      text(`M 100755 inline bin/run\n`)
      data(Uint8Array.from({ length: 3000 + random(3000) }, () => random(256)))
      text(`M 120000 inline link\n`)
      data('src/a.ts')
      text(`M 160000 ${'1234567890'.repeat(4)} sub\n`)
    }
    if (i % 20 === 0) {
      text(`tag v${i}\nfrom :${i}\ntagger T <t@example.org> 1600000000 +0000\n`)
      data(`Tag ${i}\n`)
    }
  }
  const parts = stream.map((part) => (typeof part === 'string' ? new TextEncoder().encode(part) : part))
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  repository.git(['fast-import', '--quiet'], whole)
}
