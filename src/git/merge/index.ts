export { commitMerge } from './merge-commit.ts'
export { mergeView } from './merge.ts'
export type * from './types.ts'
