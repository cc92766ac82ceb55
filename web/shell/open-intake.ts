import type { Intake } from '../sources/intake.ts'
import type { App } from '../state/app.svelte.ts'
import { unreachable } from '../router/index.ts'

/** What was given was nothing that the app can open: `message` says what it takes. */
export class NothingToOpenError extends Error {
  static override readonly name = 'NothingToOpenError'
  override readonly name = 'NothingToOpenError'
}

/** Goes to the link, or imports the repository. */
export async function openIntake(app: App, intake: Intake): Promise<void> {
  switch (intake.kind) {
    case 'link':
      window.location.hash = intake.fragment
      return
    case 'repository':
      return app.import(intake.name, intake.prepare)
    case 'nothing':
      throw new NothingToOpenError(intake.text)
    default:
      return unreachable(intake)
  }
}
