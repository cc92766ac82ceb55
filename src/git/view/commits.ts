import { decodeText, personOf, type Commit } from '../object/index.ts'
import type { Oid } from '../types.ts'
import type { CommitSummary, CommitView } from './types.ts'

export function summaryOf(oid: Oid, commit: Commit): CommitSummary {
  const { encoding, parents } = commit
  return {
    oid,
    subject: subjectOf(decodeText(commit.message, encoding)),
    author: personOf(commit.author, encoding),
    committer: personOf(commit.committer, encoding),
    parents,
  }
}

export function viewOf(oid: Oid, commit: Commit): CommitView {
  return {
    ...summaryOf(oid, commit),
    tree: commit.tree,
    message: decodeText(commit.message, commit.encoding),
    signed: commit.headers.some(({ name }) => name === 'gpgsig' || name === 'gpgsig-sha256'),
  }
}

/** git's `%s`: the first paragraph, its lines joined by spaces. */
export function subjectOf(message: string): string {
  const lines = message.replace(/^(?:[ \t\r]*\n)+/, '').split('\n')
  const end = lines.findIndex((line) => line.trim() === '')
  return (end === -1 ? lines : lines.slice(0, end)).map((line) => line.trimEnd()).join(' ')
}
