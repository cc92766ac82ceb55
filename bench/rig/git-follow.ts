import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { git } from '../../playwright/fixtures/git.ts'
import type { Rig } from './rig.ts'
import { timeGit } from './run-git.ts'
import { Site } from './site.ts'

/** Milliseconds for the server to see that connections have ended. */
const ENDED = 100

/** A clone by stock git that follows a repository by `git fetch`, over HTTP. */
export class GitFollower {
  readonly #rig: Rig
  readonly #clone: string

  private constructor(rig: Rig, clone: string) {
    this.#rig = rig
    this.#clone = clone
  }

  static async start(rig: Rig): Promise<GitFollower> {
    const folder = rig.fresh('follower')
    const url = await rig.fromThere(`${(await rig.site()).url}${Site.gitPath('source.git')}`)
    await timeGit(folder, ['clone', '-q', '--mirror', url, 'clone.git'])
    return new GitFollower(rig, join(folder, 'clone.git'))
  }

  /** Makes the same change there as in the app, and fetches it: bytes over the wire, both ways, HTTP included. */
  async follow(file: string, text: string): Promise<number> {
    const { bare, branch } = this.#rig.repository
    const ref = `refs/heads/${branch}`
    const blob = git(bare, ['hash-object', '-w', '--stdin'], { input: text })
    const index = join(this.#rig.folder, 'follow-index')
    const env = { GIT_INDEX_FILE: index }
    git(bare, ['read-tree', ref], { env })
    git(bare, ['update-index', '--cacheinfo', `100644,${blob},${file}`], { env })
    const tree = git(bare, ['write-tree'], { env })
    git(bare, ['update-ref', ref, git(bare, ['commit-tree', '-p', ref, '-m', text, tree])])
    rmSync(index)
    const site = await this.#rig.site()
    const before = site.bytes
    await timeGit(this.#clone, ['fetch', '-q', 'origin'])
    await new Promise((done) => setTimeout(done, ENDED))
    return site.bytes - before
  }
}
