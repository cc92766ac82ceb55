/** An announcement that is damaged, too long, or not for us. */
export class AnnouncementError extends Error {
  static override readonly name = 'AnnouncementError'
  override readonly name = 'AnnouncementError'
  constructor(problem: string, options?: ErrorOptions) {
    super(`An announcement was dropped: ${problem}.`, options)
  }
}
