import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ENVIRONMENT = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Ana',
  GIT_AUTHOR_EMAIL: 'ana@example.org',
  GIT_COMMITTER_NAME: 'Ana',
  GIT_COMMITTER_EMAIL: 'ana@example.org',
}

/** Stock git in one directory, for tests: as Ana, under no settings of the machine's. */
export class TestGit {
  readonly path: string

  constructor(path: string) {
    this.path = path
    mkdirSync(path, { recursive: true })
  }

  static init(path: string, ...options: string[]): TestGit {
    const repository = new TestGit(path)
    repository.run('init', '-q', '-b', 'main', ...options)
    return repository
  }

  run(...args: string[]): string {
    return this.input('', ...args)
  }

  input(input: string | Uint8Array, ...args: string[]): string {
    return execFileSync('git', args, {
      cwd: this.path,
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
      env: ENVIRONMENT,
    }).trimEnd()
  }

  /** Runs a line as somebody's shell would; editors are closed as they open. */
  shell(command: string): void {
    execFileSync('sh', ['-c', command], { env: { ...ENVIRONMENT, GIT_EDITOR: 'true' }, stdio: 'pipe' })
  }

  /** Commits one file to the branch that is checked out; answers the commit. */
  commit(file: string, content: string, message = `Change ${file}`): string {
    writeFileSync(join(this.path, file), content)
    this.run('add', file)
    this.run('commit', '-q', '-m', message)
    return this.run('rev-parse', 'HEAD')
  }

  /** Branches and tags: name → oid. */
  refs(): Record<string, string> {
    const lines = this.run('for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads', 'refs/tags').split('\n')
    return Object.fromEntries(lines.filter(Boolean).map((line) => line.split(' ') as [string, string]))
  }
}
