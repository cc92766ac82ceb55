import { spawn } from 'node:child_process'
import { gitEnvironment } from '../../playwright/fixtures/git.ts'

/** Runs stock git as a program of its own; seconds that it took. Rejects with what it said where it failed. */
export async function timeGit(dir: string, args: string[]): Promise<number> {
  const start = performance.now()
  const child = spawn('git', args, { cwd: dir, env: gitEnvironment, stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const seconds = (performance.now() - start) / 1000
  if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}: ${errors}`)
  return seconds
}
