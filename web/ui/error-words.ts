import type { ErrorWords } from './describe-error.ts'

/** What is wrong with a file, a folder or what a device sent, by the error's class. Its own message is for the terminal. */
const AGAIN = 'Get it again, or make it anew.'
const DAMAGED = `Something in it is damaged. ${AGAIN}`
const BUSY = 'The other device is busy. Try again in a moment.'
const AWAY = 'The other device cannot be reached now. It may be offline; try again when it is back.'
const ODD = 'The other device sent something that is not valid. Nothing of it was kept.'

/**
 * Errors whose own messages speak to developers, in words for the screen. Names, because errors come out of the worker, out
 * of libraries and from the browser. What is not here says itself what happened and what to do.
 */
export const ERROR_WORDS: ReadonlyMap<string, ErrorWords> = new Map(
  Object.entries<ErrorWords>({
    PackError: { title: 'It is damaged', message: DAMAGED },
    PackHeaderError: { title: 'It is damaged', message: `It holds no git objects that can be read here. ${AGAIN}` },
    PackTruncatedError: { title: 'It is not whole', message: `It ends too early: the rest of it is missing. ${AGAIN}` },
    PackTrailerError: { title: 'It is damaged', message: `Its checksum does not match what is in it. ${AGAIN}` },
    PackEntryError: { title: 'It is damaged', message: DAMAGED },
    PackRowError: {
      title: 'Something stored here is damaged',
      message:
        'Part of what is stored in this browser was changed or lost. It is fetched again as soon as a device that has it is online.',
    },
    DeltaError: { title: 'It is damaged', message: DAMAGED },
    DeltaChainError: {
      title: 'It is packed too deep',
      message: 'Its objects build on each other in a longer line than is followed here.',
      advice: 'In the repository that it came from, run “git repack -adf”, then try again.',
    },
    MissingBaseError: {
      title: 'It is not whole',
      message: 'Something that its objects build on is missing. Make a complete one, from a clone that is complete.',
    },
    PackTooLargeError: {
      title: 'It is too big',
      message: 'What is in it takes far more room than a repository of its size should. Nothing of it was kept.',
    },
    DuplicateObjectError: {
      title: 'It is damaged',
      message: 'An object is in it twice.',
      advice: 'In the repository that it came from, run “git repack -ad”, then try again.',
    },
    TooManyLinksError: { title: 'It is not whole', message: 'Too much of what it builds on is missing from it.' },
    IdxError: {
      title: 'The folder is damaged',
      message: 'A file in its .git that says where the objects are cannot be read.',
      advice: 'In that folder, run “git fsck”, then “git repack -ad”, and try again.',
    },
    ManifestError: { title: 'A device sent something wrong', message: ODD },
    ChunkMissingError: {
      title: 'It is not all here',
      message: 'Something that was here is gone from the storage. It is fetched again as soon as a device has it.',
    },
    ChunkMismatchError: { title: 'A device sent something wrong', message: ODD },
    MalformedHelloError: { title: 'A device sent something wrong', message: ODD },
    InvalidAttestationError: { title: 'A device sent something wrong', message: ODD },
    PeerFaultError: {
      title: 'A device was refused',
      message:
        'A device sent data that does not match its signature. It was dropped and blocked; nothing of it was kept.',
    },
    PeerDeniedError: {
      title: 'That device is refused',
      message:
        'This browser does not talk to it for some hours, because of what it did. The network page says what that was, and can let it in again.',
    },
    NoAnswerError: {
      title: 'The server did not answer',
      message: 'Look at the address and at your network, then try again.',
    },
    UnreachableError: { title: 'Nobody answered', message: AWAY },
    NoDirectConnectionError: { title: 'Nobody answered', message: AWAY },
    DialError: { title: 'Nobody answered', message: AWAY },
    ConnectionFailedError: { title: 'Nobody answered', message: AWAY },
    ConnectionClosedError: { title: 'Nobody answered', message: AWAY },
    StreamResetError: { title: 'Nobody answered', message: AWAY },
    StreamClosedError: { title: 'Nobody answered', message: AWAY },
    UnsupportedProtocolError: { title: 'Nobody answered', message: AWAY },
    TooManyStreamsError: { title: 'The other device is busy', message: BUSY },
    RateLimitedError: { title: 'The other device is busy', message: BUSY },
    HelloBusyError: { title: 'The other device is busy', message: BUSY },
    UnsupportedHelloError: {
      title: 'The two devices do not understand each other',
      message: 'The other device runs another version of this app. Reload this page, and have the other one reloaded.',
    },
    NoFreePeerKeyError: {
      title: 'Too many tabs',
      message: 'This app is open in more tabs than it can run in. Close some of them, then reload this one.',
    },
    TimeoutError: { title: 'It took too long', message: 'Nothing answered in time. Try again.' },
    AbortError: { title: 'It was stopped', message: 'It was stopped before it was done. Nothing of it was kept.' },
  }),
)

/** Errors that speak of the wire: their messages are put into plain words one by one. */
export const TECHNICAL: ReadonlySet<string> = new Set([
  'AnnouncementError',
  'AnnouncementTooLargeError',
  'CorruptSourceObjectError',
  'DocumentError',
  'FrameTooLongError',
  'HeaderError',
  'InvalidKeyError',
  'InvalidRelayAddressError',
  'MessageTooLongError',
  'QueueOverrunError',
  'RefsListError',
  'RelayedBytesError',
  'RemoteRefusedError',
  'UnexpectedMessageError',
  'WireError',
])
