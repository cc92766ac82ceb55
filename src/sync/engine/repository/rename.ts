import { trimName } from '../../../peer/index.ts'
import { ownKey, signOwn, type Author } from './author.ts'
import type { ActionContext } from './actions.ts'
import type { RepositoryRecord } from './record.ts'

/**
 * Signs own refs anew, as they are, where others are told another name than this identity has now. Nothing where it is no
 * maintainer, and where nothing is here yet.
 */
export async function publishName(context: ActionContext): Promise<void> {
  const { store, token, digest, author, ledger, clock } = context
  if (ledger.record == null || !isOutdated(ledger.record, author)) return
  await ledger.sign(async (record, chain) => {
    // Another tab was faster.
    if (!isOutdated(record, author)) return { own: null, result: undefined }
    const independent = (oids: string[]): Promise<string[]> => store.independent(token, oids)
    const own = await signOwn(author, record, chain, { digest, moves: [], independent, now: clock() })
    await ledger.apply(record, chain, { headers: [own], admit: [], independent })
    return { own, result: undefined }
  })
}

/** The name that was signed last is another: by this writer, else on another device, else in the document. */
function isOutdated({ chain, held }: RepositoryRecord, author: Author): boolean {
  const { id, name } = author.identity
  const document = chain?.current.document
  const at = document?.delegates.indexOf(id) ?? -1
  if (document == null || at < 0 || held.size === 0) return false
  const mine = [...held.values()].filter(({ header }) => header.identity === id)
  const newest = mine.sort((a, b) => b.header.sequence - a.header.sequence)[0]
  const signed = (held.get(ownKey(author)) ?? newest)?.header.name ?? document.delegateNames[at]
  return signed !== trimName(name)
}
