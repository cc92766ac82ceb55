import { accessSync, constants, statfsSync } from 'node:fs'

/** Linux's folder in memory: tests make thousands of repositories and databases that nobody keeps. */
const IN_MEMORY = '/dev/shm'
/** Free bytes that the tests may want there, with room to spare: containers often give 64 MiB. */
const WANTED = 4 * 2 ** 30

/** A folder in memory with enough room for a test run; null where there is none. */
export function roomInMemory(folder = IN_MEMORY) {
  try {
    accessSync(folder, constants.W_OK)
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize >= WANTED ? folder : null
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EROFS'].includes(error.code)) return null
    throw error
  }
}
