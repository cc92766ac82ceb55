import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
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

/** The process that started this one, and the one that started that, where the system shows it. */
function ancestors() {
  try {
    // Linux: pid (name) state ppid …; the name may hold spaces and brackets.
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8')
    return `${process.ppid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]}`
  } catch {
    return String(process.ppid)
  }
}

/**
 * Calls `onGone` when npm, which started this by way of a shell, is gone: a signal that it gets reaches its shell at
 * most, which ends without a word to what it started. Started without npm, this may be meant to outlive its shell.
 */
function watchNpm(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return () => {}
  const before = ancestors()
  const timer = setInterval(() => ancestors() !== before && onGone(), 250)
  return () => clearInterval(timer)
}

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
    const unwatch = watchNpm(end)
    abort?.addEventListener('abort', end)
    const settle = () => {
      unwatch()
      for (const signal of SIGNALS) process.off(signal, forward)
      abort?.removeEventListener('abort', end)
    }
    child.once('error', (error) => {
      settle()
      reject(error)
    })
    // What it printed is whole only at `close`, which a child whose channel was cut never reaches.
    child.once(capture ? 'close' : 'exit', (code, signal) => {
      settle()
      resolve({ code: code ?? 128 + (constants.signals[signal] ?? 0), output: text })
    })
  })
}

/** Runs a package's program on the pinned Node. */
export function runBin(path, args, options = {}) {
  return run(pinnedNode(), [fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url)), ...args], options)
}
