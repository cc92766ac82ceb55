import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { CASES_TIMEOUT, cases } from '../../playwright/fixtures/cases.ts'
import { signAttestation } from './attestation.ts'
import { MAX_AGENT_BYTES, NONCE_BYTES, SESSION_BYTES } from './config.ts'
import { InvalidAttestationError, MalformedHelloError } from './errors.ts'
import { checkHello, checkInterests } from './hello-checks.ts'
import { createIdentity } from './identity.ts'
import { Hello, HelloAck, HelloDone } from './pb/hello.ts'

vi.setConfig({ testTimeout: CASES_TIMEOUT })

test('whatever the bytes of a Hello: it is within its bounds, or refused', async () => {
  const peer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
  const identity = await createIdentity('Ana')
  const attestation = (await signAttestation(identity, peer)) as Uint8Array<ArrayBuffer>
  const hello = { agent: 'test', capabilities: ['sync/1', 'new/9'], attestation, version: 1 }
  const good = Hello.encode({ ...hello, nonce: new Uint8Array(NONCE_BYTES), session: new Uint8Array(SESSION_BYTES) })
  const altered = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 3 }).map((edits) => {
    const bytes = good.slice()
    for (const [at, value] of edits) bytes[at] = value
    return bytes
  })

  await fc.assert(
    fc.asyncProperty(fc.oneof(altered, fc.uint8Array({ maxLength: 200 })), async (bytes) => {
      for (const codec of [Hello, HelloAck]) {
        let said
        try {
          said = codec.decode(bytes)
        } catch (error) {
          // The stream ends by it.
          expect(error).toBeInstanceOf(Error)
          continue
        }
        const checked = await checkHello(said, peer).catch((error: unknown) => error)
        if (checked instanceof Error) {
          expect(checked instanceof MalformedHelloError || checked instanceof InvalidAttestationError).toBe(true)
        } else {
          expect(checked).toMatchObject({ identity: { id: identity.id, name: 'Ana' } })
          expect((checked as { agent: string }).agent.length).toBeLessThanOrEqual(MAX_AGENT_BYTES)
          expect((checked as { capabilities: string[] }).capabilities.every((one) => one === 'sync/1')).toBe(true)
        }
      }
    }),
    cases(20240619),
  )
  expect(await checkHello(Hello.decode(good), peer)).toMatchObject({ agent: 'test', capabilities: ['sync/1'] })
})

test('whatever the interests: tags, or refused', async () => {
  const peer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))

  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      try {
        const { interests } = HelloDone.decode(bytes)
        expect(checkInterests(interests, peer).length % 8).toBe(0)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
      try {
        expect(checkInterests(bytes, peer).length % 8).toBe(0)
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedHelloError)
      }
    }),
    cases(20240620),
  )
})
