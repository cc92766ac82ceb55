import { createHash } from 'node:crypto'
import { mkdir, realpath, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class DataInUseError extends Error {
  static override readonly name = 'DataInUseError'
  override readonly name = 'DataInUseError'
  readonly directory: string
  constructor(directory: string) {
    super(
      `Another relay runs with the data directory ${directory}. ` +
        'Stop it, or give this one its own: npm start -- --data DIR --port PORT',
    )
    this.directory = directory
  }
}

/**
 * Makes the data directory and holds it for this process: two with one peer key would cut each other off. Answers how to
 * let go. The lock is a local socket that the system closes with the process, so that a crash leaves none behind.
 */
export async function lockData(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const real = await realpath(directory)
  const name = `guts-${createHash('sha256').update(real).digest('hex').slice(0, 32)}`
  const path = socketPath(name)
  let server = await listen(path)
  if (server === null && path.startsWith('/') && !(await answers(path))) {
    // Left behind by a crash, where sockets are files.
    await rm(path, { force: true })
    server = await listen(path)
  }
  if (server === null) throw new DataInUseError(real)
  const held = server.unref()
  return () => new Promise((resolve) => held.close(() => resolve()))
}

function socketPath(name: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`
  // Linux's abstract sockets have no file.
  return process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`)
}

function listen(path: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    )
    server.listen(path, () => resolve(server))
  })
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
