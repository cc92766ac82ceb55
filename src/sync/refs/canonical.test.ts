import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalRefs, type CanonicalRefs, type WriterRefs } from './canonical.ts'
import { decodeRefsList, encodeRefsList, type SignedRef } from './list.ts'
import { moveRefs } from './moves.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? 1)
const MAIN = 'refs/heads/main'

/** Commits named by one character each: `b: 'a'` is a child of a. */
class Graph {
  readonly parents: Record<string, string>
  constructor(parents: Record<string, string>) {
    this.parents = parents
  }

  reaches(from: string, to: string): boolean {
    return from === to || [...(this.parents[from] ?? '')].some((parent) => this.reaches(parent, to))
  }

  independent = async (oids: string[]): Promise<string[]> => {
    const names = oids.map(nameOf)
    return oids.filter((_, i) => !names.some((name, j) => i !== j && this.reaches(name, names[i] as string)))
  }
}

const oidOf = (name: string): string => name.charCodeAt(0).toString(16).padStart(40, '0')
const nameOf = (oid: string): string => String.fromCharCode(parseInt(oid, 16))

/** Several writers that each move refs and hear of each other, as src/sync's engine lets them. */
class World {
  readonly graph: Graph
  readonly document: { delegates: string[]; threshold: number; defaultBranch: string }
  readonly lists = new Map<string, { refs: SignedRef[]; sequence: number }>()
  #sequence = 0

  constructor(parents: Record<string, string>, delegates = ['ana'], threshold = 1) {
    this.graph = new Graph(parents)
    this.document = { delegates, threshold, defaultBranch: 'main' }
  }

  /** `who` is `identity` or `identity/writer`; `seen` the writers whose refs it knows (default all). */
  async move(who: string, name: string, to: string | null, from: string | null, seen?: string[]): Promise<void> {
    const others = this.writers().filter((other) => keyOf(other) !== who && (seen?.includes(keyOf(other)) ?? true))
    const refs = await moveRefs({
      document: this.document,
      own: this.lists.get(who)?.refs ?? [],
      others,
      moves: [{ name, oid: to && oidOf(to), from: from && oidOf(from) }],
      independent: this.graph.independent,
    })
    this.lists.set(who, { refs: decodeRefsList(encodeRefsList(refs)), sequence: ++this.#sequence })
  }

  writers(): WriterRefs[] {
    return [...this.lists].map(([who, { refs, sequence }]) => {
      const [identity = '', writer = ''] = who.split('/')
      return { identity, writer, sequence, refs, head: MAIN }
    })
  }

  async canonical(current: Record<string, string> = {}): Promise<CanonicalRefs> {
    const refs = Object.entries(current).map(([name, oid]) => ({ name, oid: oidOf(oid) }))
    return canonicalRefs({
      document: this.document,
      signedRefs: this.writers(),
      current: refs,
      independent: this.graph.independent,
    })
  }

  /** `{ main: 'c' }`, and versions as `{ main: 'cd' }`. */
  async state(current?: Record<string, string>): Promise<Record<string, string>> {
    const { refs, divergences } = await this.canonical(current)
    const entries = refs.map(({ name, oid }) => [name, nameOf(oid)] as const)
    const versions = divergences.map(
      ({ ref, versions: all }) =>
        [
          ref,
          all
            .map(({ oid }) => nameOf(oid))
            .sort()
            .join(''),
        ] as const,
    )
    return Object.fromEntries(
      [...entries, ...versions].map(([name, value]) => [name.split('/').slice(2).join('/'), value]),
    )
  }
}

function keyOf({ identity, writer }: WriterRefs): string {
  return writer === '' ? identity : `${identity}/${writer}`
}

// a — b — c — m    b — d — m    a — z    x alone
const COMMITS = { b: 'a', c: 'b', d: 'b', m: 'cd', z: 'a', y: 'z' }

test('a single delegate moves, forces and deletes', async () => {
  const world = new World(COMMITS)
  await world.move('ana', MAIN, 'b', null)
  expect(await world.state()).toEqual({ main: 'b' })
  expect((await world.canonical()).head).toBe(MAIN)
  await world.move('ana', MAIN, 'z', 'b')
  expect(await world.state()).toEqual({ main: 'z' })
  await world.move('ana', MAIN, null, 'z')
  expect(await world.state()).toEqual({})
  expect(world.lists.get('ana')?.refs).toEqual([])
})

test('others may sign, but only delegates count', async () => {
  const world = new World(COMMITS)
  await world.move('ana', MAIN, 'b', null)
  await world.move('eve', MAIN, 'c', 'b')
  expect(await world.state()).toEqual({ main: 'b' })
})

test('a branch follows fast-forwards of either delegate', async () => {
  const world = new World(COMMITS, ['ana', 'ben'])
  await world.move('ana', MAIN, 'b', null)
  await world.move('ben', MAIN, 'c', 'b')
  expect(await world.state()).toEqual({ main: 'c' })
  await world.move('ana', MAIN, 'm', 'c')
  expect(await world.state()).toEqual({ main: 'm' })
})

test('a branch with versions goes on from where it is, and changes no side', async () => {
  const world = new World({ ...COMMITS, f: 'd' }, ['ana', 'ben'])
  const at = async (current: string) => nameOf((await world.canonical({ [MAIN]: current })).refs[0]?.oid ?? '')
  await world.move('ana', MAIN, 'c', 'b', [])
  await world.move('ben', MAIN, 'd', 'b', [])
  expect(await at('d')).toBe('d')
  // f has the higher id: alone that would bring c to the screen.
  await world.move('ben', MAIN, 'f', 'd')
  expect(await at('d')).toBe('f')
  expect(await at('c')).toBe('c')
})

test('two that moved at once are two versions, until one merges them', async () => {
  const world = new World(COMMITS, ['ana', 'ben'])
  await world.move('ana', MAIN, 'c', 'b', [])
  await world.move('ben', MAIN, 'd', 'b', [])
  const { divergences } = await world.canonical()
  expect(divergences).toEqual([
    {
      ref: MAIN,
      versions: [
        { oid: oidOf('c'), by: ['ana'] },
        { oid: oidOf('d'), by: ['ben'] },
      ],
    },
  ])
  expect((await world.canonical({ [MAIN]: 'd' })).refs).toEqual([{ name: MAIN, oid: oidOf('d') }])
  await world.move('ben', MAIN, 'm', 'd')
  expect(await world.state()).toEqual({ main: 'm' })
})

test('one version is chosen over the other by whoever saw both', async () => {
  const world = new World(COMMITS, ['ana', 'ben'])
  await world.move('ana', MAIN, 'c', 'b', [])
  await world.move('ben', MAIN, 'd', 'b', [])
  await world.move('ana', MAIN, 'c', 'd')
  expect(await world.state()).toEqual({ main: 'c' })
})

test('two writers of one identity lose nothing to each other', async () => {
  const world = new World(COMMITS)
  await world.move('ana/laptop', MAIN, 'c', 'b', [])
  await world.move('ana/phone', MAIN, 'd', 'b', [])
  expect(await world.state()).toEqual({ main: 'cd' })
  await world.move('ana/phone', MAIN, 'm', 'd')
  expect(await world.state()).toEqual({ main: 'm' })
})

test("a force-push takes the place of another's older value, and stays so when it goes on", async () => {
  const world = new World(COMMITS, ['ana', 'ben'])
  await world.move('ben', MAIN, 'b', null)
  await world.move('ana', MAIN, 'c', 'b')
  await world.move('ana', MAIN, 'z', 'c')
  expect(await world.state()).toEqual({ main: 'z' })
  await world.move('ana', MAIN, 'y', 'z')
  expect(await world.state()).toEqual({ main: 'y' })
})

test('a force-push does not hide what another did at the same time', async () => {
  const world = new World(COMMITS, ['ana', 'ben'])
  await world.move('ana', MAIN, 'b', null)
  await world.move('ben', MAIN, 'c', 'b')
  await world.move('ana', MAIN, 'z', 'b', [])
  expect(await world.state()).toEqual({ main: 'cz' })
  // Nor one that knew of it but moved away from something before it.
  await world.move('ana', MAIN, 'y', 'z')
  expect(await world.state()).toEqual({ main: 'cy' })
})

test("a deleted branch does not come back by another's stale value, but by a new one", async () => {
  const world = new World(COMMITS, ['ana', 'ben'])
  await world.move('ben', 'refs/heads/x', 'b', null)
  await world.move('ana', 'refs/heads/x', 'c', 'b')
  await world.move('ana', 'refs/heads/x', null, 'c')
  expect(await world.state()).toEqual({})
  await world.move('ben', 'refs/heads/x', 'd', null)
  expect(await world.state()).toEqual({ x: 'd' })
})

test('a deleted branch can be made again where it was', async () => {
  const world = new World(COMMITS, ['ana', 'ben'])
  await world.move('ben', 'refs/heads/x', 'b', null)
  await world.move('ana', 'refs/heads/x', null, 'b')
  await world.move('ben', 'refs/heads/x', 'b', null)
  expect(await world.state()).toEqual({ x: 'b' })
})

test('a deletion that nothing is left of is dropped with the next move', async () => {
  const world = new World(COMMITS, ['ana', 'ben'])
  await world.move('ben', 'refs/heads/x', 'b', null)
  await world.move('ana', 'refs/heads/x', null, 'b')
  await world.move('ben', 'refs/heads/x', null, null)
  await world.move('ana', MAIN, 'b', null)
  expect(world.lists.get('ana')?.refs.map(({ name }) => name)).toEqual([MAIN])
})

test('two that force over each other are two versions, not none', async () => {
  const world = new World(COMMITS, ['ana', 'ben'])
  await world.move('ben', MAIN, 'c', null)
  await world.move('ana', MAIN, 'z', 'c')
  await world.move('ben', MAIN, 'c', 'z')
  expect(await world.state()).toEqual({ main: 'cz' })
})

test('moves that replaced each other in a ring leave all versions', async () => {
  const world = new World({}, ['ana', 'ben', 'cid'])
  const ring = (who: string, at: string, over: string): void => {
    world.lists.set(who, { sequence: 1, refs: [{ name: MAIN, oid: oidOf(at), replaces: [oidOf(over)] }] })
  }
  ring('ana', 'p', 'q')
  ring('ben', 'q', 'r')
  ring('cid', 'r', 'p')
  expect(await world.state()).toEqual({ main: 'pqr' })
})

test('with a threshold of two a branch is where two agree', async () => {
  const world = new World(COMMITS, ['ana', 'ben', 'cid'], 2)
  await world.move('ana', MAIN, 'b', null)
  expect((await world.canonical()).refs).toEqual([])
  await world.move('ben', MAIN, 'c', 'b')
  expect(await world.state()).toEqual({ main: 'b' })
  await world.move('ana', MAIN, 'd', 'b')
  // c and d are proposals; both contain b, where the branch is.
  expect((await world.canonical({ [MAIN]: 'b' })).refs).toEqual([{ name: MAIN, oid: oidOf('b') }])
  expect(await world.state({ [MAIN]: 'b' })).toEqual({ main: 'cd' })
  await world.move('cid', MAIN, 'd', 'b')
  expect((await world.canonical({ [MAIN]: 'b' })).refs).toEqual([{ name: MAIN, oid: oidOf('d') }])
})

test('with a threshold of two one alone neither forces nor deletes', async () => {
  const world = new World(COMMITS, ['ana', 'ben'], 2)
  await world.move('ana', MAIN, 'b', null)
  await world.move('ben', MAIN, 'b', null)
  await world.move('ana', MAIN, null, 'b')
  expect(await world.state({ [MAIN]: 'b' })).toEqual({ main: 'b' })
  await world.move('ben', MAIN, null, 'b')
  expect(await world.state({ [MAIN]: 'b' })).toEqual({})
})

test('a tag is one object: another one is another version', async () => {
  const world = new World(COMMITS, ['ana', 'ben'])
  await world.move('ana', 'refs/tags/v1', 'b', null, [])
  await world.move('ben', 'refs/tags/v1', 'c', null, [])
  expect(await world.state()).toEqual({ v1: 'bc' })
  await world.move('ben', 'refs/tags/v1', 'c', 'b')
  expect(await world.state()).toEqual({ v1: 'c' })
})

test('names that cannot exist beside each other: the one that is here stays', async () => {
  const world = new World(COMMITS, ['ana', 'ben'])
  await world.move('ana', 'refs/heads/x', 'b', null, [])
  await world.move('ben', 'refs/heads/x/y', 'c', null, [])
  const { refs, blocked } = await world.canonical({ 'refs/heads/x/y': 'c' })
  expect([refs.map(({ name }) => name), blocked]).toEqual([['refs/heads/x/y'], ['refs/heads/x']])
  expect((await world.canonical()).blocked).toEqual(['refs/heads/x/y'])
})

test('of more refs than there may be, those that exist stay, and the rest is named', async () => {
  const world = new World({ a: '' }, ['ana', 'bo'])
  const named = (prefix: string, count: number): SignedRef[] =>
    Array.from({ length: count }, (_, n) => ({ name: `refs/tags/${prefix}${n}`, oid: oidOf('a'), replaces: [] }))
  const main = { name: MAIN, oid: oidOf('a'), replaces: [] }
  world.lists.set('ana', { refs: [...named('a', 4_000), main], sequence: 1 })
  world.lists.set('bo', { refs: named('b', 5_999), sequence: 2 })
  const exact = await world.canonical()
  expect([exact.refs.length, exact.beyond]).toEqual([10_000, []])
  world.lists.set('bo', { refs: [...named('b', 5_999), ...named('0', 1)], sequence: 3 })
  const first = await world.canonical()
  expect(first.refs).toHaveLength(10_000)
  expect(first.head).toBe(MAIN)
  expect(first.beyond).toEqual(['refs/tags/b999'])
  const later = await canonicalRefs({
    document: world.document,
    signedRefs: world.writers(),
    current: exact.refs.filter(({ name }) => name !== MAIN),
    independent: world.graph.independent,
  })
  // The default branch before all others, though nothing had it.
  expect(later.beyond).toEqual(['refs/tags/00'])
  expect(later.refs).toEqual(exact.refs)
})

test('HEAD is the default branch, else what the newest delegate has, else nothing', async () => {
  const world = new World(COMMITS)
  await world.move('ana', 'refs/heads/x', 'b', null)
  expect((await world.canonical()).head).toBeNull()
  const signedRefs = world.writers().map((writer) => ({ ...writer, head: 'refs/heads/x' }))
  const result = await canonicalRefs({
    document: world.document,
    signedRefs,
    current: [],
    independent: world.graph.independent,
  })
  expect(result.head).toBe('refs/heads/x')
})

test(`no commit is lost: each value is contained, a version, or was replaced on purpose (seed ${seed})`, async () => {
  const step = fc.record({
    who: fc.constantFrom('ana', 'ben/laptop', 'ben/phone'),
    parent: fc.nat(),
    force: fc.integer({ min: 0, max: 4 }),
    blind: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const parents: Record<string, string> = {}
      const world = new World(parents, ['ana', 'ben'])
      const names = 'abcdefghijklmnopqrstuvwxyz'
      for (const [i, { who, parent, force, blind }] of steps.entries()) {
        const commit = names[i] as string
        const own = world.lists.get(who)?.refs[0]?.oid
        const { refs } = await world.canonical()
        const seen = blind ? own : refs[0]?.oid
        const from = seen == null ? null : nameOf(seen)
        parents[commit] = force === 0 || from == null ? (i === 0 ? '' : (names[parent % i] as string)) : from
        await world.move(who, MAIN, commit, from, blind ? [] : undefined)
      }
      const { refs, divergences } = await world.canonical()
      const shown = [
        ...refs.map(({ oid }) => oid),
        ...divergences.flatMap(({ versions }) => versions.map(({ oid }) => oid)),
      ].map(nameOf)
      expect(shown.length).toBeGreaterThan(0)
      const replaced = new Set(world.writers().flatMap(({ refs: list }) => list.flatMap((ref) => ref.replaces)))
      for (const { refs: list } of world.writers()) {
        for (const { oid } of list) {
          if (oid == null || replaced.has(oid)) continue
          expect(shown.some((tip) => world.graph.reaches(tip, nameOf(oid)))).toBe(true)
        }
      }
      // The same on every device, in whatever order the headers came.
      const reversed = await canonicalRefs({
        document: world.document,
        signedRefs: world.writers().reverse(),
        current: [],
        independent: world.graph.independent,
      })
      expect(reversed).toEqual(await world.canonical())
    }),
    { seed, numRuns: 300 },
  )
})
