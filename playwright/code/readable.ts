import { git } from '../fixtures/git.ts'
import { png } from '../fixtures/content.ts'
import { makeRepository } from '../fixtures/make-repository.ts'

/** A repository with one of everything that is looked at, and where to find it. */
export interface Readable {
  dir: string
  /** The commit that added what `add` lists. */
  added: string
  /** The commit after it: a rename, a changed mode, a changed picture, changed lines. */
  changed: string
}

export const LONG_FILE_LINES = 20_000

const encoder = new TextEncoder()

export const ENGINE = `import { readFile } from 'node:fs/promises'

/**
 * Keeps lanterns lit.
 * @param names of the lanterns, in the order in which they are lit
 */
export class Engine<Name extends string> {
  readonly #lit = new Set<Name>()

  constructor(private readonly names: readonly Name[]) {}

  async light(path: string): Promise<number> {
    const text = await readFile(path, 'utf8') // a comment
    for (const name of this.names) {
      if (text.includes(name)) this.#lit.add(name)
    }
    return this.#lit.size * 2 + 0x10
  }
}

export const engine = new Engine(['one', 'two', \`three\`])
`

/** Everything that a README must not be able to do, and what it must. */
export const PAGE = `# A page

[Jump to the end](#the-end) · [the engine](../src/engine.ts) · [line 7](../src/engine.ts#L7) · [the folder](../src) ·
[elsewhere](https://example.org/) · [script link](javascript:globalThis.pwned=1) · [data link](data:text/html,<script>1</script>)

![A gradient](picture.png) ![Missing](no-such.png) ![Far](https://example.org/pixel.png)

- [x] a task that is done
- [ ] a task that is not

<script>globalThis.pwned = 2</script>
<img src="x" onerror="globalThis.pwned = 3">
<img src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='globalThis.pwned=4'/>">
<svg onload="globalThis.pwned = 5"><a href="javascript:1">x</a></svg>
<style>body { display: none }</style>
<form action="https://example.org/"><input name="q"><button>Send</button></form>
<iframe src="https://example.org/"></iframe>
<a href="JaVaScRiPt:globalThis.pwned=6" onclick="globalThis.pwned = 7">disguised</a>
<p style="position:fixed;inset:0" class="skip" id="content">A paragraph that would cover the page</p>
<details><summary>More</summary>Hidden until it is opened.</details>
<a name="here"></a>

| a | b | c | d | e | f |
|---|---|---|---|---|---|
| a cell | that | makes | the table | quite wide | ${'and wider '.repeat(8)}|

\`\`\`ts
export const answer: number = 42 // ${'a long line of code '.repeat(8)}
\`\`\`

> A quotation with \`code\` in it.

1. First
2. Second
   - inner

${'Words that make the page long enough to scroll. '.repeat(120)}

## The end

That was it.
`

const POINTER = `version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 123456789
`

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" width="160" height="160">
  <script>globalThis.pwned = 8</script>
  <circle cx="20" cy="20" r="16" fill="#2a5db0"/>
</svg>
`

function longFile(): string {
  return Array.from({ length: LONG_FILE_LINES }, (_, i) =>
    i % 5 === 0
      ? `// Step ${i + 1} of the long way`
      : `export const step${i + 1} = (x: number): string => \`\${x + ${i}}\``,
  )
    .join('\n')
    .concat('\n')
}

/** Makes it in `dir`, on top of a seeded history of `commits` commits. */
export async function makeReadable(dir: string, commits = 300): Promise<Readable> {
  await makeRepository(dir, { commits, seed: 7, big: false })
  git(dir, ['read-tree', 'main'])
  add(dir, 'src/engine.ts', ENGINE)
  add(dir, 'src/long.ts', longFile())
  add(dir, 'src/old-name.ts', ENGINE.replaceAll('lantern', 'candle'))
  add(dir, 'assets/wide.min.js', `${'const a=[1,2,3].map(x=>x*2);'.repeat(4000)}\nlast()\n`)
  add(dir, 'assets/logo.svg', LOGO)
  add(
    dir,
    'assets/noise.bin',
    Uint8Array.from({ length: 4096 }, (_, i) => (i * 197) & 255),
  )
  add(dir, 'assets/photo.raw', POINTER)
  add(dir, 'docs/page.md', PAGE)
  add(dir, 'CHANGES', 'Nothing yet.\n')
  git(dir, ['update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor/lib`])
  const added = commit(dir, 'Add one of everything', '')
  git(dir, ['update-index', '--remove', '--force-remove', 'src/old-name.ts'])
  add(dir, 'src/new-name.ts', ENGINE.replaceAll('lantern', 'candle').replace('0x10', '0x11'))
  add(dir, 'src/engine.ts', ENGINE, '100755')
  add(dir, 'docs/picture.png', png(32, 250))
  add(dir, 'CHANGES', 'A name was changed.')
  const changed = commit(
    dir,
    'Rename, mark as executable, and repaint: a subject that is rather longer than the seventy-two characters that it should have',
    'The body says why.\n\n- one\n- two\n\nReviewed-by: Bo Hopper <bo@example.net>\n',
  )
  return { dir, added, changed }
}

function add(dir: string, path: string, content: string | Uint8Array, mode = '100644'): void {
  const input = typeof content === 'string' ? encoder.encode(content) : content
  const oid = git(dir, ['hash-object', '-w', '--stdin'], { input })
  git(dir, ['update-index', '--add', '--cacheinfo', `${mode},${oid},${path}`])
}

function commit(dir: string, subject: string, body: string): string {
  const tree = git(dir, ['write-tree'])
  const message = body === '' ? subject : `${subject}\n\n${body}`
  const oid = git(dir, ['commit-tree', tree, '-p', 'main', '-m', message])
  git(dir, ['update-ref', 'refs/heads/main', oid])
  return oid
}
