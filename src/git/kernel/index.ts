export * from './kernel.ts'
export { SHARED_INPUT_BYTES, SHARED_OUTPUT_BYTES, sharedKernel, type SharedKernel } from './shared.ts'
