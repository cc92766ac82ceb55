import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Route } from './index.ts'
import { formatRoute, isCodeRoute, parseAddress, refOf, tokenOf } from './index.ts'

const token = 'A'.repeat(42) + '_'
const hint = `${'B'.repeat(43)}.1790000000000.abcdefgh`

describe('parseAddress', () => {
  it.each<[string, Route]>([
    ['', { view: 'home' }],
    ['#', { view: 'home' }],
    ['#/', { view: 'home' }],
    ['#/settings', { view: 'settings' }],
    ['#/network', { view: 'network' }],
    [`#/${token}`, { view: 'tree', token, ref: null, path: '' }],
    [`#/${token}/`, { view: 'tree', token, ref: null, path: '' }],
    [`#/${token}/tree/feature%2Fx/src/a%20b`, { view: 'tree', token, ref: 'feature/x', path: 'src/a b' }],
    [`#/${token}/blob/main/a.ts`, { view: 'blob', token, ref: 'main', path: 'a.ts', lines: null }],
    [
      `#/${token}/blob/main/a.ts?L=20-10`,
      { view: 'blob', token, ref: 'main', path: 'a.ts', lines: { from: 10, to: 20 } },
    ],
    [`#/${token}/blob/main/a.ts?L=7`, { view: 'blob', token, ref: 'main', path: 'a.ts', lines: { from: 7, to: 7 } }],
    [`#/${token}/blob/main/a%3Fb%23c`, { view: 'blob', token, ref: 'main', path: 'a?b#c', lines: null }],
    [`#/${token}/commits/main`, { view: 'commits', token, ref: 'main', path: '' }],
    [`#/${token}/commit/abc123`, { view: 'commit', token, oid: 'abc123' }],
    [`#/${token}/compare/v1.0...feature%2Fx`, { view: 'compare', token, base: 'v1.0', head: 'feature/x' }],
    [`#/${token}/copies`, { view: 'copies', token }],
    [`#/${token}/settings`, { view: 'repository-settings', token }],
  ])('reads %s', (fragment, route) => {
    expect(parseAddress(fragment).route).toEqual(route)
  })

  it.each([
    '#/nonsense',
    `#/${token.slice(1)}`,
    `#/${token}A`,
    `#/${token}/tree`,
    `#/${token}/blob/main`,
    `#/${token}/elsewhere`,
    `#/${token}/compare/main`,
    `#/${token}/compare/...main`,
    `#/${token}/tree/%E0%A4`,
    `#/${token}/copies/more`,
    '#/settings/more',
  ])('says that %s names nothing', (fragment) => {
    expect(parseAddress(fragment).route.view).toBe('unknown')
  })

  it('keeps hint and claim apart from the route', () => {
    expect(parseAddress(`#/${token}~${hint}/tree/main?claim=s3cret-Code_1`)).toEqual({
      route: { view: 'tree', token, ref: 'main', path: '' },
      hint,
      claim: 's3cret-Code_1',
    })
    expect(parseAddress(`#/${token}?claim=a%20b`).claim).toBeNull()
    expect(parseAddress('#/?claim=abc').claim).toBeNull()
  })

  it.each(['', 'h!nt', '%zz', 'A'.repeat(161), '%/b', '~'])(
    'names the repository, whatever became of the hint: %j',
    (rest) => {
      const { route, hint: read } = parseAddress(`#/${token}~${rest}`)
      expect(route).toEqual({ view: 'tree', token, ref: null, path: '' })
      expect(read).toBe('')
    },
  )

  it('ignores line numbers that are none', () => {
    for (const lines of ['0', 'x', '1-', '99999999999', '-3']) {
      expect(parseAddress(`#/${token}/blob/main/a?L=${lines}`).route).toMatchObject({ lines: null })
    }
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseAddress(text)).toHaveProperty('route.view')
        expect(parseAddress(`#/${token}/${text}`)).toHaveProperty('route.view')
      }),
    )
  })
})

describe('formatRoute', () => {
  const tokens = fc.stringMatching(/^[A-Za-z0-9_-]{43}$/)
  // git allows neither '..' nor a control character in a ref, nor an empty part.
  const refs = fc
    .string({ minLength: 1, unit: 'grapheme' })
    .filter((ref) => !ref.includes('..') && !ref.startsWith('.') && !ref.endsWith('.'))
  const names = fc.string({ minLength: 1, unit: 'grapheme' }).filter((name) => !name.includes('/'))
  const paths = fc.array(names, { maxLength: 4 }).map((parts) => parts.join('/'))
  const lines = fc.option(
    fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.nat(1000)).map(([from, more]) => ({ from, to: from + more })),
  )
  const oids = fc.stringMatching(/^[0-9a-f]{40}$/)
  const routes: fc.Arbitrary<Route> = fc.oneof(
    fc.constantFrom<Route>({ view: 'home' }, { view: 'settings' }, { view: 'network' }),
    fc.record({ view: fc.constant('tree' as const), token: tokens, ref: refs, path: paths }),
    fc.record({ view: fc.constant('tree' as const), token: tokens, ref: fc.constant(null), path: fc.constant('') }),
    fc.record({ view: fc.constant('blob' as const), token: tokens, ref: refs, path: paths.filter(Boolean), lines }),
    fc.record({ view: fc.constant('commits' as const), token: tokens, ref: refs, path: paths }),
    fc.record({ view: fc.constant('commit' as const), token: tokens, oid: oids }),
    fc.record({ view: fc.constant('compare' as const), token: tokens, base: refs, head: refs }),
    fc.record({ view: fc.constantFrom('copies' as const, 'repository-settings' as const), token: tokens }),
  )

  it('is read back by parseAddress, whatever the names', () => {
    fc.assert(
      fc.property(routes, (route) => {
        expect(parseAddress(formatRoute(route)).route).toEqual(route)
      }),
    )
  })

  it('survives what a URL does to a fragment', () => {
    fc.assert(
      fc.property(routes, (route) => {
        const url = new URL(formatRoute(route), 'http://localhost:8080/')
        expect(parseAddress(url.hash).route).toEqual(route)
      }),
    )
  })

  it('takes half a surrogate pair', () => {
    const route: Route = { view: 'blob', token, ref: 'main', path: 'a\ud800', lines: null }
    expect(parseAddress(formatRoute(route)).route).toMatchObject({ path: 'a\ufffd' })
  })
})

describe('what a route says about itself', () => {
  it('knows its token, ref and whether it is code', () => {
    const blob: Route = { view: 'blob', token, ref: 'main', path: 'a', lines: null }
    expect([tokenOf(blob), refOf(blob), isCodeRoute(blob)]).toEqual([token, 'main', true])
    expect([tokenOf({ view: 'home' }), refOf({ view: 'home' }), isCodeRoute({ view: 'home' })]).toEqual([
      null,
      null,
      false,
    ])
    expect(refOf({ view: 'compare', token, base: 'a', head: 'b' })).toBe('b')
    expect(isCodeRoute({ view: 'copies', token })).toBe(false)
  })
})
