/** Lines of a file, counted from 1, both ends in it. */
export interface LineRange {
  from: number
  to: number
}

/**
 * What the reading views show. `token` names the repository; a `ref` is whatever git resolves: a short branch or tag
 * name, a full ref name or an oid. A `path` has no leading slash; '' is the root.
 */
export type CodeRoute =
  /** A folder. `ref` null is the default branch, whatever it is then. */
  | { view: 'tree'; token: string; ref: string | null; path: string }
  /** A file; `lines` are marked and scrolled to. */
  | { view: 'blob'; token: string; ref: string; path: string; lines: LineRange | null }
  /** History, of `path` where it is not ''. */
  | { view: 'commits'; token: string; ref: string; path: string }
  | { view: 'commit'; token: string; oid: string }
  /** What `head` has over `base`. */
  | { view: 'compare'; token: string; base: string; head: string }

export type RepositoryRoute =
  | CodeRoute
  /** Who has it. */
  | { view: 'copies'; token: string }
  | { view: 'repository-settings'; token: string }

export type Route =
  | RepositoryRoute
  | { view: 'home' }
  | { view: 'settings' }
  | { view: 'network' }
  /** An address that names nothing: said so, never guessed. */
  | { view: 'unknown'; fragment: string }

/** Everything that an address says when the page is opened with it. */
export interface Address {
  route: Route
  /** What follows the token after `~`: who has the repository, as src/sync's links write it. '' where it is damaged. */
  hint: string | null
  /** One-time code that makes this browser a maintainer. */
  claim: string | null
}

/** True where the reading views show `route`. */
export function isCodeRoute(route: Route): route is CodeRoute {
  switch (route.view) {
    case 'tree':
    case 'blob':
    case 'commits':
    case 'commit':
    case 'compare':
      return true
    case 'home':
    case 'settings':
    case 'network':
    case 'copies':
    case 'repository-settings':
    case 'unknown':
      return false
    default:
      return unreachable(route)
  }
}

/** Where `route` is, lines aside: choosing lines is no going elsewhere. */
export function withoutLines(route: Route): Route {
  return route.view === 'blob' ? { ...route, lines: null } : route
}

/** The token of the repository that `route` is in, null outside of one. */
export function tokenOf(route: Route): string | null {
  return 'token' in route ? route.token : null
}

/** The ref that `route` looks at; null where it names none. */
export function refOf(route: Route): string | null {
  switch (route.view) {
    case 'tree':
    case 'blob':
    case 'commits':
      return route.ref
    case 'compare':
      return route.head
    case 'commit':
    case 'copies':
    case 'repository-settings':
    case 'home':
    case 'settings':
    case 'network':
    case 'unknown':
      return null
    default:
      return unreachable(route)
  }
}

/** The end of an exhaustive switch: the compiler proves that nothing comes here. */
export function unreachable(value: never): never {
  throw new TypeError(`Not a known case: ${JSON.stringify(value)}`)
}
