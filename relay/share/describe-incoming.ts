import type { CommitView } from '../../src/git/index.ts'
import type { Incoming } from './incoming.ts'

export interface IncomingTexts {
  incoming: Incoming
  commit: Pick<CommitView, 'oid' | 'subject' | 'author'>
  /** The folder that is shared. */
  source: string
  /** Full name of the branch that it has checked out; null: none, or it is bare. */
  checkedOut: string | null
  /** The bare repository that tabs commit to. */
  copy: string
}

/** What the terminal says when a tab committed: the folder is never written to, so its owner fetches. */
export function describeIncoming({ incoming, commit, source, checkedOut, copy }: IncomingTexts): string {
  const branch = incoming.ref.slice('refs/heads/'.length)
  const what = `${printable(commit.author.name)} committed “${printable(commit.subject)}” (${commit.oid.slice(0, 8)})`
  const git = `git -C ${quote(source)}`
  const [said, advice, command] = incoming.beside
    ? [
        `${what} beside your own: ${printable(branch)} has two versions now.`,
        'Both are kept. Bring them together, and it goes out by itself:',
        incoming.ref === checkedOut
          ? `${git} pull --no-rebase ${quote(copy)} ${incoming.oid}`
          : `${git} switch ${quote(branch)} && ${git} pull --no-rebase ${quote(copy)} ${incoming.oid}`,
      ]
    : [
        `${what} to ${printable(branch)}.`,
        'To get it into your folder, before your next commit there:',
        incoming.ref === checkedOut
          ? `${git} pull ${quote(copy)} ${quote(branch)}`
          : `${git} fetch ${quote(copy)} ${quote(`${branch}:${branch}`)}`,
      ]
  return ['', said, advice, '', `  ${command}`, ''].join('\n')
}

/** Names and messages come from anybody who may commit: nothing in them may move the terminal's cursor or its title. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '�')
}

/** A word for a POSIX shell: git allows quotes, spaces and $ in the names of branches. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) && !word.startsWith('-') ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
