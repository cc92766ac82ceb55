/** More than may be fetched without being asked for. Nobody's fault: its user decides. */
export class TooLargeError extends Error {
  static override readonly name = 'TooLargeError'
  override readonly name = 'TooLargeError'
  readonly bytes: number
  /** Known before anything came; else it turned out on the way, and the next try would find it out by fetching it again. */
  readonly announced: boolean
  constructor(bytes: number, announced: boolean) {
    super(`${bytes} bytes are more than is fetched unasked`)
    this.bytes = bytes
    this.announced = announced
  }
}
