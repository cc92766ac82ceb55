import { JestAsymmetricMatchers, JestChaiExpect, JestExtend } from '@vitest/expect'
import * as chai from 'chai'

/** As much of Vitest as the acceptance suites of src/git use, so that the same suites run in a browser. */

chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)

export const expect = Object.assign((value: unknown, message?: string) => chai.expect(value, message), {
  fail: (message: string): never => {
    throw new chai.AssertionError(message)
  },
})

type Action = () => unknown
interface Test {
  name: string
  run: Action
  before: Action[]
  after: Action[]
}

const tests: Test[] = []
let before: Action[] = []
let after: Action[] = []

export function describe(_name: string, body: () => void): void {
  before = []
  after = []
  body()
}

export function beforeEach(action: Action): void {
  before.push(action)
}

export function afterEach(action: Action): void {
  after.push(action)
}

export function it(name: string, run: Action): void {
  tests.push({ name, run, before, after })
}

it.each =
  (rows: unknown[][]) =>
  (name: string, run: (...row: unknown[]) => unknown): void => {
    for (const row of rows) it(name.replace('%s', String(row[0])), () => run(...row))
  }

export interface Outcome {
  name: string
  error: string | null
}

export async function runTests(): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const { name, run, before, after } of tests.splice(0)) {
    let error: unknown = null
    try {
      for (const action of before) await action()
      await run()
    } catch (failure) {
      error = failure
    }
    for (const action of after) await action()
    outcomes.push({
      name,
      error: error === null ? null : error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error),
    })
  }
  return outcomes
}
