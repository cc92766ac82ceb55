import type { Intake } from '../sources/intake.ts'
import type { App } from '../state/app.svelte.ts'
import { parseAddress, tokenOf, unreachable } from '../router/index.ts'

/** What was given was nothing that the app can open: `message` says what it takes. */
export class NothingToOpenError extends Error {
  static override readonly name = 'NothingToOpenError'
  override readonly name = 'NothingToOpenError'
}

/** Goes to the link, or imports the repository. */
export async function openIntake(app: App, intake: Intake): Promise<void> {
  switch (intake.kind) {
    case 'link':
      return openLink(app, intake.fragment)
    case 'repository':
      app.forgetRefused()
      return app.import(intake.name, intake.prepare)
    case 'nothing':
      return app.refuse(new NothingToOpenError(intake.text))
    default:
      return unreachable(intake)
  }
}

/** Goes to `fragment`, which somebody gave: they want it, even if they removed it here before. */
export async function openLink(app: App, fragment: string): Promise<void> {
  app.forgetRefused()
  const token = tokenOf(parseAddress(fragment).route)
  window.location.hash = fragment
  if (token !== null) await app.wantAgain(token)
}
