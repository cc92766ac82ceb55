import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { roomInMemory } from './temporary.js'

it('takes a folder with enough room, and none that is absent', () => {
  const folder = mkdtempSync(join(tmpdir(), 'room-'))
  const { bavail, bsize } = statfsSync(folder)
  expect(roomInMemory(folder)).toBe(bavail * bsize >= 4 * 2 ** 30 ? folder : null)
  rmSync(folder, { recursive: true })
  expect(roomInMemory(folder)).toBe(null)
})
