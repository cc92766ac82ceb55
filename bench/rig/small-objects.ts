import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { git, gitBytes, gitPipe } from '../../playwright/fixtures/git.ts'
import { Random } from '../../playwright/fixtures/random.ts'

const FOLDERS = 100
const WORDS = 'a quiet paper like code reader for people who look at trees and blobs of other people'.split(' ')
const LEAST_BYTES = 100
const MORE_BYTES = 900

/** A repository of one commit with `count` small files, each other than the rest; all depends on the numbers given. */
export async function makeSmallObjects(dir: string, count: number, seed = 1): Promise<void> {
  git(dir, ['init', '-q', '--bare', '-b', 'main', '.'])
  await gitPipe(dir, ['fast-import', '--quiet'], commands(count, new Random(seed)))
}

function* commands(count: number, random: Random): Iterable<Uint8Array> {
  const utf8 = new TextEncoder()
  yield utf8.encode('commit refs/heads/main\ncommitter Ana <ana@example.org> 1700000000 +0000\ndata 4\nAll\n')
  for (let n = 0; n < count; n++) {
    let text = `${n}`
    for (const length = LEAST_BYTES + random.int(MORE_BYTES); text.length < length;) text += ` ${random.pick(WORDS)}`
    yield utf8.encode(`M 100644 inline ${n % FOLDERS}/${n}.txt\ndata ${text.length}\n${text}\n`)
  }
}

/** All objects as git's loose ones are: for each its 20-byte id, its length (32 bits, big-endian) and its zlib stream. */
export function writeLoose(bare: string, folder: string): string {
  const output = Buffer.from(gitBytes(bare, ['cat-file', '--batch-all-objects', '--batch']))
  const parts: Uint8Array[] = []
  for (let at = 0; at < output.length;) {
    const end = output.indexOf('\n', at)
    const [oid = '', type = '', size = ''] = output.toString('latin1', at, end).split(' ')
    const content = output.subarray(end + 1, end + 1 + Number(size))
    const bytes = deflateSync(Buffer.concat([Buffer.from(`${type} ${size}\0`), content]))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    parts.push(Buffer.from(oid, 'hex'), length, bytes)
    at = end + 2 + Number(size)
  }
  const file = join(folder, 'loose')
  writeFileSync(file, Buffer.concat(parts))
  return file
}
