export * from './route.ts'
export { formatRoute } from './format.ts'
export { parseAddress } from './parse.ts'
