export { GIT_DIRECTORY, OverlayFs, type OverlayBase } from './overlay-fs.ts'
export { withRepository, type IsomorphicRepository, type OverlayChanges } from './with-repository.ts'
