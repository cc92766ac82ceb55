import { test } from '../support/test.ts'
import { KillRun } from './kill-run.ts'

const SEED = Number(process.env.GUTS_SEED ?? 11)

test(`the tab killed at ten points of import, clone and commit loses nothing acknowledged (seed ${SEED})`, async ({
  relay,
  newPerson,
  pageErrors,
}, info) => {
  test.setTimeout(300_000)
  const note = (type: string, description: string): void => void info.annotations.push({ type, description })
  await new KillRun({ relay, newPerson, pageErrors, seed: SEED, points: 10, note }).run()
})
