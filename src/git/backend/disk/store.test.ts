import { mkdtempSync, openSync, readdirSync, readSync, rmSync, writeSync, closeSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runStoreSuite } from '../../store/store.suite.ts'
import { DiskBackend } from './backend.ts'

runStoreSuite('disk', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'guts-disk-'))
  return {
    backend: async () => await DiskBackend.open(directory),
    damage: async (_key, row, at) => damagePack(directory, row * 262144 + at),
    destroy: async () => rmSync(directory, { recursive: true }),
  }
})

/** Changes a byte of the only pack, admitted or staged. */
function damagePack(directory: string, at: number): void {
  const packs = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(\.|^staging.*\/)pack$/.test(name),
  )
  const path = join(directory, packs[0] ?? '')
  if (packs.length !== 1 || statSync(path).size <= at) throw new RangeError('No such byte to damage.')
  const file = openSync(path, 'r+')
  const byte = new Uint8Array(1)
  readSync(file, byte, 0, 1, at)
  writeSync(file, new Uint8Array([(byte[0] as number) ^ 0xff]), 0, 1, at)
  closeSync(file)
}
