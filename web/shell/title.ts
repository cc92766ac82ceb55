import type { Route } from '../router/index.ts'
import { unreachable } from '../router/index.ts'
import { shortRef } from './refs.ts'

/** What the browser's tab says: the narrowest thing first. `repository` is the name of the one that `route` is in. */
export function titleOf(route: Route, repository: string): string {
  return [...partsOf(route, repository), 'Guts'].filter(Boolean).join(' · ')
}

function partsOf(route: Route, repository: string): string[] {
  switch (route.view) {
    case 'home':
      return []
    case 'settings':
      return ['Settings']
    case 'network':
      return ['Network']
    case 'unknown':
      return ['Unknown link']
    case 'tree':
    case 'blob':
      return [route.path, route.ref === null ? '' : shortRef(route.ref), repository]
    case 'commits':
      return [route.path, 'Commits', shortRef(route.ref), repository]
    case 'commit':
      return [`Commit ${shortRef(route.oid)}`, repository]
    case 'compare':
      return [`${shortRef(route.base)}...${shortRef(route.head)}`, repository]
    case 'copies':
      return ['Copies', repository]
    case 'repository-settings':
      return ['Settings', repository]
    default:
      return unreachable(route)
  }
}
