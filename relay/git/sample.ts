import { mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeBundle } from './bundle.ts'
import { GitError } from './errors.ts'
import { inspectSource, SourceError } from './inspect.ts'

/**
 * Makes the bundle of this project's own history, from its checkout. Branches and tags and what they reach, nothing
 * else. Answers its path, or null with a reason where there is no complete checkout to make it from.
 */
export async function makeSample(
  checkout: string,
  data: string,
  signal?: AbortSignal,
): Promise<{ path: string } | { path: null; reason: string }> {
  const path = join(data, 'sample.bundle')
  const folder = await mkdtemp(join(data, 'sample-'))
  try {
    const part = join(folder, 'sample.bundle')
    const source = await inspectSource(checkout, signal)
    const { refs } = await writeBundle(source.path, part, signal)
    if (refs.size === 0) return { path: null, reason: `${source.path} has no branches and no tags.` }
    await rename(part, path)
    return { path }
  } catch (error) {
    await rm(path, { force: true })
    if (signal?.aborted === true) throw error
    if (error instanceof SourceError || error instanceof GitError) return { path: null, reason: error.message }
    return { path: null, reason: error instanceof Error ? error.message : String(error) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
