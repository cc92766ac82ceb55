import { KillRun } from '../durability/kill-run.ts'
import { test } from '../support/test.ts'

const SEED = Number(process.env.GUTS_SEED ?? 12)
const POINTS = Number(process.env.GUTS_POINTS ?? 100)

test(`the tab killed at ${POINTS} points of import, clone and commit loses nothing acknowledged (seed ${SEED})`, async ({
  relay,
  newPerson,
  pageErrors,
}, info) => {
  test.setTimeout(POINTS * 30_000)
  const note = (type: string, description: string): void => void info.annotations.push({ type, description })
  await new KillRun({ relay, newPerson, pageErrors, seed: SEED, points: POINTS, note }).run()
})
