import type { GitStore } from '../../../git/index.ts'
import type { Offence } from '../../../peer/index.ts'
import type { PeerFaultError } from '../../errors.ts'
import type { HolderState } from '../../types.ts'
import type { TransferProgress } from '../progress.ts'
import type { Carried } from '../repository/carried.ts'
import type { PackSources } from '../repository/pack-sources.ts'
import type { TransferLog, TransferMeter } from '../transfer-log.ts'
import type { ClientSession } from './session.ts'
import type { Lanes } from './lanes.ts'
import type { TransferPool } from './transfers.ts'

/** What fetching needs, from the first chunk to the tail. */
export interface FetchContext {
  store: GitStore
  token: string
  /** The holder that was chosen: it has what is to be brought here. */
  session: ClientSession
  transfers: TransferPool
  /** More connections to them, for chunks. */
  lanes: Lanes
  /** Everybody who has chunks. */
  sources: PackSources
  /** What others may fetch from here meanwhile. */
  carried: Carried
  describe: (session: ClientSession) => HolderState
  progress: TransferProgress
  log: TransferLog
  /** Bytes that may come without anybody having been asked; what comes beyond ends it with `TooLargeError`. */
  limit: () => number
  /** Milliseconds in which others may yet bring what a holder would rather not be asked for. */
  patience: () => number
  /** A proven fault; `meter` counted what came from that peer. */
  onFault: (fault: PeerFaultError, meter?: TransferMeter) => void
  onOffence: (peer: string, offence: Offence) => void
  signal: AbortSignal
}
