import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

/** The checkout that these scripts belong to. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Node 24, pinned by the npm package `node`: the libp2p stack needs more than the machine's own may have. */
export function pinnedNode() {
  const path = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))
  const windows = `${path}.exe`
  if (existsSync(path)) return path
  if (existsSync(windows)) return windows
  throw new Error('node_modules/node/bin/node is missing. Allow install scripts and run: npm ci')
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a program to its end and answers its exit code and, with `capture`, what it printed instead of showing it. Signals
 * that arrive meanwhile are passed on, so that no child outlives this process; the relay counts those that come twice at
 * once (from the terminal and from here) as one. `tether` gives the child a channel whose end tells it that this process
 * is gone, however that came. Aborting `signal` ends the child.
 */
export function run(command, args, options = {}) {
  const { env = {}, cwd = ROOT, capture = false, quiet = false, tether = false, signal: abort } = options
  return new Promise((resolve, reject) => {
    const output = capture ? 'pipe' : quiet ? 'ignore' : 'inherit'
    const stdio = [capture || quiet ? 'ignore' : 'inherit', output, output, ...(tether ? ['ipc'] : [])]
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio })
    let text = ''
    for (const stream of capture ? [child.stdout, child.stderr] : []) {
      stream.setEncoding('utf8').on('data', (part) => (text += part))
    }
    const forward = (signal) => child.kill(signal)
    const end = () => child.kill('SIGTERM')
    for (const signal of SIGNALS) process.on(signal, forward)
    abort?.addEventListener('abort', end)
    const settle = () => {
      for (const signal of SIGNALS) process.off(signal, forward)
      abort?.removeEventListener('abort', end)
    }
    child.once('error', (error) => {
      settle()
      reject(error)
    })
    child.once('close', (code, signal) => {
      settle()
      resolve({ code: code ?? 128 + (constants.signals[signal] ?? 0), output: text })
    })
  })
}

/** Runs a package's program on the pinned Node. */
export function runBin(path, args, options = {}) {
  return run(pinnedNode(), [fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url)), ...args], options)
}
