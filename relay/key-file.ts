import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'

export class KeyFileError extends Error {
  static override readonly name = 'KeyFileError'
  override readonly name = 'KeyFileError'
  readonly path: string
  constructor(path: string, problem: string) {
    super(
      `${path} ${problem}. Put its backup there, or remove it: a new key is made, and links that name the old one end.`,
    )
    this.path = path
  }
}

/** The Ed25519 key in the file `name` of the data directory; made where there is none. Its owner alone may read it. */
export async function loadKey(data: string, name: string): Promise<PrivateKey> {
  const path = join(data, name)
  await mkdir(data, { recursive: true, mode: 0o700 })
  const kept = await read(path)
  if (kept !== null) return kept
  const key = await generateKeyPair('Ed25519')
  const part = `${path}.${process.pid}.part`
  await writeFile(part, privateKeyToProtobuf(key), { mode: 0o600, flush: true })
  try {
    // Unlike a rename this fails where another process was quicker.
    await link(part, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(part, { force: true })
  }
  const made = await read(path)
  if (made === null) throw new KeyFileError(path, 'could not be written')
  return made
}

async function read(path: string): Promise<PrivateKey | null> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  await chmod(path, 0o600)
  let key: PrivateKey
  try {
    key = privateKeyFromProtobuf(bytes)
  } catch {
    throw new KeyFileError(path, 'holds no key')
  }
  if (key.type !== 'Ed25519') throw new KeyFileError(path, 'holds a key of another kind than Ed25519')
  return key
}
