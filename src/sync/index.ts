export type * from './types.ts'
export { claimMaintainer, ClaimRefusedError, Claims } from './claim.ts'
export type { ClaimRefusal, ClaimsOptions } from './claim.ts'
export * from './link.ts'
