import type { LineRange, Route } from './route.ts'
import { unreachable } from './route.ts'

/** The fragment of `route`, with its `#`: what an `href` takes. `parseAddress` reads it back. */
export function formatRoute(route: Route): string {
  switch (route.view) {
    case 'home':
      return '#/'
    case 'settings':
      return '#/settings'
    case 'network':
      return '#/network'
    case 'tree':
      if (route.ref === null && route.path === '') return `#/${route.token}`
      return `#/${route.token}/tree/${encode(route.ref ?? 'HEAD')}${formatPath(route.path)}`
    case 'blob':
      return `#/${route.token}/blob/${encode(route.ref)}${formatPath(route.path)}${formatLines(route.lines)}`
    case 'commits':
      return `#/${route.token}/commits/${encode(route.ref)}${formatPath(route.path)}`
    case 'commit':
      return `#/${route.token}/commit/${encode(route.oid)}`
    case 'compare':
      return `#/${route.token}/compare/${encode(route.base)}...${encode(route.head)}`
    case 'copies':
      return `#/${route.token}/copies`
    case 'repository-settings':
      return `#/${route.token}/settings`
    case 'unknown':
      return `#${route.fragment}`
    default:
      return unreachable(route)
  }
}

function formatPath(path: string): string {
  return path === '' ? '' : `/${path.split('/').map(encode).join('/')}`
}

function formatLines(lines: LineRange | null): string {
  if (lines === null) return ''
  return lines.from === lines.to ? `?L=${lines.from}` : `?L=${lines.from}-${lines.to}`
}

/** `encodeURIComponent` throws on half a surrogate pair, which a name in a hostile tree may well hold. */
function encode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'))
}
