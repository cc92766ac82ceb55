import { expect, it } from 'vitest'
import { MergeLab } from '../merge/testing/merge-lab.ts'
import { seeded } from '../pack/testing/git-oracle.ts'
import type { Oid } from '../types.ts'
import { independent, mergeBase, mergeBases, mergeBasesOf } from './ancestry.ts'

/** Commits with one to three parents among the ten before them, so that histories criss-cross; now and then a new root. */
async function randomHistory(lab: MergeLab, seed: number, count: number): Promise<Oid[]> {
  const random = seeded(seed)
  const tree = await lab.tree({ a: 'a\n' })
  const commits: Oid[] = []
  for (let n = 0; n < count; n++) {
    const parents = new Set<Oid>()
    const wanted = random(12) === 0 ? 0 : 1 + random(3)
    for (let k = 0; k < wanted; k++) parents.add(commits[Math.max(0, n - 1 - random(10))] ?? '')
    parents.delete('')
    commits.push(await lab.commitTree(tree, [...parents]))
  }
  return commits
}

it('finds the merge bases that stock git finds, and what is independent', async () => {
  using lab = new MergeLab()
  let several = 0
  for (const seed of [1, 2, 3]) {
    const commits = await randomHistory(lab, seed, 60)
    await lab.send()
    const random = seeded(seed)
    const pick = () => commits[random(commits.length)] as Oid
    const git = (args: string[]) => {
      try {
        return lab.repository.git(['merge-base', ...args]).split('\n')
      } catch {
        // It fails where there is none.
        return []
      }
    }
    for (let n = 0; n < 15; n++) {
      const [a, b, ...more] = Array.from({ length: 6 }, pick) as [Oid, Oid, ...Oid[]]
      const bases = git(['--all', a, b])
      const ours = await mergeBases(lab, a, b)
      expect([seed, n, [...ours].sort()]).toEqual([seed, n, [...bases].sort()])
      expect(await mergeBase(lab, a, b)).toBe(ours[0] ?? null)
      const newest = ours.map((oid) => Number(lab.repository.git(['log', '-1', '--format=%ct', oid])))
      expect(newest).toEqual([...newest].sort((x, y) => y - x))
      const some = [a, b, ...more]
      expect((await independent(lab, some)).sort()).toEqual(git(['--independent', ...some]).sort())
      if (ours.length > 1) several++
      // As if somebody had merged the others first.
      const merged = await lab.commitTree(await lab.tree({}), [...new Set(more)])
      await lab.send()
      expect((await mergeBasesOf(lab, more, [a])).sort()).toEqual(git(['--all', merged, a]).sort())
    }
  }
  expect(several).toBeGreaterThan(5)
})
