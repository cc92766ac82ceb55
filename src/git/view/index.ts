export * from './errors.ts'
export { lfsPointer } from './files.ts'
export type * from './types.ts'
export { createViews, type ViewSource } from './views.ts'
