export { DiskReader } from './node-folder.ts'
