import { seeded } from '../../pack/testing/git-oracle.ts'
import type { Oid } from '../../types.ts'
import type { Files, MergeLab } from './merge-lab.ts'

type Random = (below: number) => number
type File = Exclude<Files[string], string>

const FOLDERS = ['', '', 'a/', 'b/', 'a/deep/', 'lib/', 'lib/x/', 'n\xf6t/']
const NAMES = ['one', 'two', 'three.c', 'four', 'README', 'x', 'deep', 'f\xfcr', 'index.js', 'a']

/** Two commits to merge, of a history that the seed decides: usually with one common ancestor, or criss-cross, or with none. */
export async function randomHistory(lab: MergeLab, seed: number): Promise<[ours: Oid, theirs: Oid]> {
  const random = seeded(seed)
  const base = randomFiles(random)
  const edited = (files: Files) => edit(files, random)
  if (random(40) === 0) return [await lab.commit(base), await lab.commit(edited(base))]
  const root = await lab.commit(base)
  const [left, right] = [edited(base), edited(base)]
  const [a, b] = [await lab.commit(left, [root]), await lab.commit(right, [root])]
  if (random(3) > 0) return [a, b]
  const [both, other] = [union(left, right, random), union(left, right, random)]
  const c = await lab.commit(random(2) === 0 ? both : edited(both), [a, b])
  const d = await lab.commit(random(2) === 0 ? both : random(2) === 0 ? other : edited(other), [b, a])
  return [await lab.commit(edited(both), [c]), await lab.commit(edited(both), [d])]
}

function randomFiles(random: Random): Files {
  const files: Files = {}
  const count = 2 + random(12)
  for (let n = 0; n < count; n++) place(files, randomPath(random), randomFile(random))
  return files
}

function randomPath(random: Random): string {
  return `${FOLDERS[random(FOLDERS.length)]}${NAMES[random(NAMES.length)]}`
}

/** Sets a file, and takes away what cannot stand beside it. */
function place(files: Files, path: string, file: Files[string]): void {
  for (const other of Object.keys(files))
    if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) Reflect.deleteProperty(files, other)
  files[path] = file
}

function randomFile(random: Random): File {
  const kind = random(20)
  if (kind === 0) return { mode: 0o120000, content: randomPath(random) }
  if (kind === 1) return { mode: 0o160000, content: String(1 + random(9)).repeat(40) }
  if (kind === 2) return { mode: 0o100644, content: `\0binary ${random(1e6)}\n`.repeat(1 + random(20)) }
  if (kind === 3) return { mode: 0o100644, content: '' }
  const mode = [0o100644, 0o100644, 0o100644, 0o100755, 0o100664][random(5)] as number
  return { mode, content: randomText(random) }
}

/** Lines that are often the same in another file, so that files are alike and lines are ambiguous. */
function randomText(random: Random): string {
  const [family, lines, end] = [random(4), random(30), random(6) === 0 ? '\r\n' : '\n']
  const text = Array.from({ length: lines }, (_, n) => {
    const kind = random(8)
    return kind === 0 ? '}' : kind === 1 ? '' : kind === 2 ? `caf\xe9 ${random(100)}` : `family ${family} line ${n}`
  })
  return text.join(end) + (random(5) === 0 ? '' : end)
}

function edit(before: Files, random: Random): Files {
  const files = { ...before }
  const count = random(5)
  for (let n = 0; n < count; n++) EDITS[random(EDITS.length)]?.(files, random)
  return files
}

const EDITS: Array<(files: Files, random: Random) => void> = [
  changeText,
  changeText,
  changeText,
  changeText,
  (files, random) => place(files, randomPath(random), randomFile(random)),
  (files, random) => take(files, random),
  move,
  move,
  moveFolder,
  (files, random) => {
    const [path, file] = pick(files, random)
    if (path !== undefined) place(files, randomPath(random), file)
  },
  (files, random) => {
    const [path, { mode, content }] = pick(files, random)
    if (path !== undefined && (mode & 0o100000) !== 0 && mode < 0o120000)
      files[path] = { mode: mode === 0o100755 ? 0o100644 : 0o100755, content }
  },
  (files, random) => {
    const [path] = pick(files, random)
    if (path !== undefined) files[path] = randomFile(random)
  },
]

function pick(files: Files, random: Random): [string | undefined, File] {
  const path = Object.keys(files)[random(Object.keys(files).length)]
  const file = path === undefined ? '' : (files[path] ?? '')
  return [path, typeof file === 'string' ? { mode: 0o100644, content: file } : file]
}

function take(files: Files, random: Random): File {
  const [path, file] = pick(files, random)
  if (path !== undefined) Reflect.deleteProperty(files, path)
  return file
}

function move(files: Files, random: Random): void {
  if (Object.keys(files).length === 0) return
  const file = take(files, random)
  const path = randomPath(random)
  place(files, path, file)
  if (random(2) === 0) files[path] = changed(file, random)
}

function moveFolder(files: Files, random: Random): void {
  const from = FOLDERS[2 + random(FOLDERS.length - 2)] as string
  const to = ['moved/', 'b/', 'lib/', 'a/in/'][random(4)] as string
  for (const path of Object.keys(files)) {
    const file = files[path]
    if (!path.startsWith(from) || file === undefined || random(8) === 0) continue
    Reflect.deleteProperty(files, path)
    place(files, to + path.slice(from.length), file)
  }
}

function changeText(files: Files, random: Random): void {
  const [path, file] = pick(files, random)
  if (path !== undefined) files[path] = changed(file, random)
}

function changed(file: File, random: Random): File {
  if (file.mode === 0o160000) return { ...file, content: String(1 + random(9)).repeat(40) }
  if (file.mode === 0o120000) return { ...file, content: randomPath(random) }
  const end = file.content.includes('\r\n') ? '\r\n' : '\n'
  const lines = file.content.split(end)
  const [at, gone, come] = [random(lines.length + 1), random(3), random(3)]
  const added = Array.from({ length: come }, () => (random(4) === 0 ? '}' : `new ${random(50)}`))
  lines.splice(at, gone, ...added)
  return { ...file, content: lines.join(end) }
}

/** Of two merged sides a choice for each file, as somebody would who resolved their conflicts. */
function union(left: Files, right: Files, random: Random): Files {
  const files: Files = {}
  for (const [path, file] of [...Object.entries(left), ...Object.entries(right)]) {
    if (files[path] === undefined || random(2) === 0) place(files, path, file)
  }
  return files
}
