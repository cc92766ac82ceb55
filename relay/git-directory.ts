import { join } from 'node:path'

/** Where the copies of shared repositories stand in the data directory. */
export function gitDirectory(data: string): string {
  return join(data, 'git')
}
