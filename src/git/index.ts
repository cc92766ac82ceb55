export type * from './types.ts'
export type * from './store/git-store.ts'
export type * from './view/types.ts'
export * from './errors.ts'
