/** What of a repository's configuration says whether it can be read; nothing else of it is looked at. */
export interface RepositoryFormat {
  sha256: boolean
  reftable: boolean
  partial: boolean
}

/** Reads git-config(1)'s syntax as far as the format of a repository needs it. */
export function repositoryFormat(config: string): RepositoryFormat {
  const format = { sha256: false, reftable: false, partial: false }
  let section = ''
  for (const line of config.split('\n')) {
    const heading = /^\s*\[\s*([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line)
    if (heading !== null) section = (heading[1] ?? '').toLowerCase()
    const setting = settingOf(line.replace(/^\s*\[[^\]]*\]/, ''))
    if (setting === null) continue
    const name = `${section}.${setting.name}`
    const { value } = setting
    if (name === 'extensions.objectformat') format.sha256 ||= value !== 'sha1'
    else if (name === 'extensions.refstorage') format.reftable ||= value !== 'files'
    else if (name === 'extensions.partialclone' || name === 'remote.partialclonefilter') format.partial = true
    else if (name === 'remote.promisor') format.partial ||= !['false', 'no', 'off', '0', ''].includes(value)
  }
  return format
}

/** In lower case; null for a line that has none. Whatever is in the line, it is read once. */
function settingOf(line: string): { name: string; value: string } | null {
  const found = /^\s*([A-Za-z][A-Za-z0-9-]*)\s*/.exec(line)
  if (found === null) return null
  const name = (found[1] ?? '').toLowerCase()
  const rest = line.slice(found[0].length)
  if (rest === '' || /^[#;]/.test(rest)) return { name, value: 'true' }
  if (!rest.startsWith('=')) return null
  const value = rest.slice(1).split(/[#;]/, 1)[0] ?? ''
  return { name, value: value.replaceAll('"', '').trim().toLowerCase() }
}
