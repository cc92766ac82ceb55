import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest'
import { runBasePackTests } from './suite/base-packs.ts'
import { runMergeTests } from './suite/merging.ts'
import { runPartialTests } from './suite/partial.ts'
import { StoreRig, type StorePlace } from './suite/rig.ts'
import { runRewritingTests } from './suite/rewriting.ts'
import { runServingTests } from './suite/serving.ts'
import { runTidyingTests } from './suite/tidying.ts'
import { runTransactionTests } from './suite/transactions.ts'

/** What the store must do over every backend, judged by stock git. `makePlace` makes a new, empty one. */
export function runStoreSuite(name: string, makePlace: () => Promise<StorePlace>): void {
  describe(`${name}: the git store`, () => {
    const rig = new StoreRig(makePlace)
    beforeAll(() => rig.makeSource())
    afterAll(() => rig.removeSource())
    beforeEach(() => rig.start())
    afterEach(() => rig.stop())
    runTransactionTests(rig)
    runServingTests(rig)
    runBasePackTests(rig)
    runMergeTests(rig)
    runPartialTests(rig)
    runTidyingTests(rig)
    runRewritingTests(rig)
  })
}
