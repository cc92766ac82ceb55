/** What lies between the two sides. */
export interface LinkQuality {
  /** Round trip in milliseconds. */
  rtt: number
  /** Percent of the datagrams that are lost, each way. */
  loss: number
}

/** Decides which datagrams are lost: the same ones in every run. */
export function lossy({ loss }: LinkQuality, random: { int(below: number): number }): () => boolean {
  const threshold = Math.round(loss * 10_000)
  return threshold === 0 ? () => false : () => random.int(1_000_000) < threshold
}
