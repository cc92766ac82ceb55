import { pbStream } from '@libp2p/utils'
import { afterEach, describe, expect, it } from 'vitest'
import { createMemoryPeers, stopPeers } from '../peer/testing.ts'
import type { MemoryPeer } from '../peer/testing.ts'
import { CLAIM_PROTOCOL, claimMaintainer, ClaimRefusedError, Claims } from './claim.ts'
import { tokenOf, toBase64url } from './document/repository-id.ts'
import { Claim, ClaimAnswer, ClaimStatus } from './pb/claim.ts'

let peers: MemoryPeer[] = []
afterEach(() => stopPeers(peers))

const token = tokenOf(new Uint8Array(32).fill(7))
const other = tokenOf(new Uint8Array(32).fill(8))

async function setUp(n: number, addMaintainer?: (token: string, identity: { id: string }) => Promise<void>) {
  peers = await createMemoryPeers(n)
  const added: string[] = []
  const errors: unknown[] = []
  const [holder, ...claimants] = peers as [MemoryPeer, MemoryPeer, MemoryPeer]
  const claims = new Claims(holder, {
    addMaintainer: addMaintainer ?? (async (of, { id, name }) => void added.push(`${of} ${id} ${name}`)),
    onError: (error) => errors.push(error),
  })
  await claims.start()
  return { holder, claimants: claimants, claims, added, errors, id: holder.peerId.toString() }
}

const refusal = (promise: Promise<void>) =>
  promise.then(
    () => 'accepted',
    (error: unknown) => (error instanceof ClaimRefusedError ? error.refusal : String(error)),
  )

describe('claimMaintainer', () => {
  it('makes who has the code a maintainer, once, under the identity of its Hello', async () => {
    const { claims, claimants, added, id } = await setUp(3)
    const [ana, bo] = claimants
    const code = await claims.issue(token)
    expect(code).toMatch(/^[\w-]{22}$/)
    await claimMaintainer(ana, token, code, id)
    expect(added).toEqual([`${token} ${ana.identity.id} ${ana.identity.name}`])
    expect(await refusal(claimMaintainer(bo, token, code, id))).toBe('used')
    // The same browser again, after a reload.
    expect(await refusal(claimMaintainer(ana, token, code, id))).toBe('accepted')
    expect(await refusal(claimMaintainer(bo, token, await claims.issue(token), id))).toBe('accepted')
  })

  it('lets one of two who come at once in', async () => {
    const { claims, claimants, id } = await setUp(3, () => new Promise((resolve) => setTimeout(resolve, 50)))
    const code = await claims.issue(token)
    const answers = await Promise.all(claimants.map((peer) => refusal(claimMaintainer(peer, token, code, id))))
    expect(answers.sort()).toEqual(['accepted', 'used'])
  })

  it('refuses wrong codes and other repositories alike', async () => {
    const { claims, claimants, added, id } = await setUp(2)
    const [ana] = claimants
    const code = await claims.issue(token)
    const made = toBase64url(new Uint8Array(16).fill(1))
    expect(await refusal(claimMaintainer(ana, token, made, id))).toBe('wrong')
    expect(await refusal(claimMaintainer(ana, other, code, id))).toBe('wrong')
    expect(await refusal(claimMaintainer(ana, token, 'short', id))).toBe('wrong')
    expect(await refusal(claimMaintainer(ana, token, '???', id))).toBe('wrong')
    await claims.issue(token)
    expect(await refusal(claimMaintainer(ana, token, code, id))).toBe('wrong')
    expect(added).toEqual([])
  })

  it('takes no proof that was made for another peer', async () => {
    const { holder, claims, claimants, id } = await setUp(3)
    const [ana, thief] = claimants
    const code = await claims.issue(token)
    // The thief stands in between: it takes Ana's claim and hands it on as its own.
    let stolen: Claim | undefined
    await thief.handle(CLAIM_PROTOCOL, async (stream) => {
      stolen = await pbStream(stream).read(Claim)
      stream.abort(new Error('stolen'))
    })
    await expect(claimMaintainer(ana, token, code, thief.peerId.toString())).rejects.toThrow()
    const { stream } = await thief.openStream(id, CLAIM_PROTOCOL, { signal: AbortSignal.timeout(5_000) })
    const messages = pbStream(stream)
    await messages.write(stolen!, Claim)
    expect((await messages.read(ClaimAnswer)).status).toBe(ClaimStatus.CLAIM_WRONG)
    expect(holder.peers.get(thief.peerId.toString())?.link).toBe('direct')
  })

  it('gives the code back when the document could not be written', async () => {
    let fail = true
    const { claims, claimants, errors, id } = await setUp(2, async () => {
      if (fail) throw new Error('disk full')
    })
    const [ana] = claimants
    const code = await claims.issue(token)
    expect(await refusal(claimMaintainer(ana, token, code, id))).toBe('failed')
    expect(errors).toHaveLength(1)
    fail = false
    expect(await refusal(claimMaintainer(ana, token, code, id))).toBe('accepted')
  })

  it('drops a claim one byte over the limit', async () => {
    const { claimants, id } = await setUp(2)
    const [ana] = claimants
    const { stream } = await ana.openStream(id, CLAIM_PROTOCOL, { signal: AbortSignal.timeout(5_000) })
    const messages = pbStream(stream)
    await messages.write({ repository: new Uint8Array(32), proof: new Uint8Array(257 - 32 - 5) }, Claim)
    await expect(messages.read(ClaimAnswer, { signal: AbortSignal.timeout(5_000) })).rejects.toThrow(
      /reset|closed|end/i,
    )
  })
})
