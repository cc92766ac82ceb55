/**
 * Bytes of one tail that a relayed link may carry. Relays cut a link at 4 MiB, both directions, identify and signalling
 * together: half of it leaves room for refs and for a second try.
 */
export const RELAYED_TAIL_BYTES = 2 * 1024 * 1024
