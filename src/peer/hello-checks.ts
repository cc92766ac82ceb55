import { verifyAttestation } from './attestation.ts'
import { MAX_AGENT_BYTES, MAX_CAPABILITY_BYTES, NONCE_BYTES, SESSION_BYTES } from './config.ts'
import { MalformedHelloError } from './errors.ts'
import { faultOfTags } from './interests.ts'
import { trimName } from './identity.ts'
import type { Capability } from './types.ts'
import type { PeerId } from '@libp2p/interface'

/** What a peer said of itself, checked and bounded. */
export interface CheckedHello {
  agent: string
  capabilities: Capability[]
  identity: { id: string; name: string; signedAt: number }
  nonce: Uint8Array
  session: Uint8Array
}

export interface HelloFields {
  agent: string
  capabilities: string[]
  attestation: Uint8Array
  nonce: Uint8Array
  session: Uint8Array
}

const CAPABILITIES: ReadonlySet<string> = new Set<Capability>([
  'sync/1',
  'chunks/1',
  'snapshot/1',
  'swarm/1',
  'relay/1',
  'keep/1',
])

/** Throws `MalformedHelloError` or `InvalidAttestationError`. Capabilities that we do not know are left out. */
export async function checkHello(hello: HelloFields, peer: PeerId): Promise<CheckedHello> {
  const id = peer.toString()
  const encoder = new TextEncoder()

  if (encoder.encode(hello.agent).byteLength > MAX_AGENT_BYTES) {
    throw new MalformedHelloError(id, `its agent is longer than ${MAX_AGENT_BYTES} bytes`)
  }
  if (hello.capabilities.some((capability) => encoder.encode(capability).byteLength > MAX_CAPABILITY_BYTES)) {
    throw new MalformedHelloError(id, `a capability is longer than ${MAX_CAPABILITY_BYTES} bytes`)
  }
  if (hello.nonce.byteLength !== NONCE_BYTES) {
    throw new MalformedHelloError(id, `its nonce has ${hello.nonce.byteLength} bytes, not ${NONCE_BYTES}`)
  }
  if (hello.session.byteLength !== SESSION_BYTES) {
    throw new MalformedHelloError(id, `its session has ${hello.session.byteLength} bytes, not ${SESSION_BYTES}`)
  }

  const { id: identity, name, signedAt } = await verifyAttestation(hello.attestation, peer)

  return {
    agent: trimName(hello.agent),
    capabilities: [...new Set(hello.capabilities)].filter(isCapability),
    identity: { id: identity, name, signedAt },
    nonce: hello.nonce,
    session: hello.session,
  }
}

/** Throws `MalformedHelloError`. */
export function checkInterests(packed: Uint8Array, peer: PeerId): Uint8Array {
  const fault = faultOfTags(packed)

  if (fault !== undefined) {
    throw new MalformedHelloError(peer.toString(), fault)
  }

  return packed
}

function isCapability(capability: string): capability is Capability {
  return CAPABILITIES.has(capability)
}
