import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { git } from '../../playwright/fixtures/git.ts'
import { objectsIn } from '../page/loose-objects.ts'
import { makeSmallObjects, writeLoose } from './small-objects.ts'

const COUNT = 120
/** Files, the folders that they are in, the root and the commit. */
const OBJECTS = COUNT + 100 + 2

let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'small-objects-'))
  await makeSmallObjects(folder, COUNT)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('small objects', () => {
  it('are a repository that git finds nothing wrong with, each file other than the rest', () => {
    expect(git(folder, ['fsck', '--full', '--strict'])).toBe('')
    const files = git(folder, ['ls-tree', '-r', '--format=%(objectname)', 'main']).split('\n')
    expect(new Set(files).size).toBe(COUNT)
  })

  it('are the same ones for the same seed', async () => {
    const again = mkdtempSync(join(tmpdir(), 'small-objects-'))
    try {
      await makeSmallObjects(again, COUNT)
      expect(git(again, ['rev-parse', 'main'])).toBe(git(folder, ['rev-parse', 'main']))
    } finally {
      rmSync(again, { recursive: true })
    }
  })

  it('are read by the page as they were written', () => {
    const file = new Uint8Array(readFileSync(writeLoose(folder, folder)))
    const objects = objectsIn(file)
    expect(objects.length).toBe(OBJECTS)
    for (const { oid, bytes } of objects) {
      expect(createHash('sha1').update(inflateSync(bytes)).digest('hex')).toBe(oid)
    }
  })
})
