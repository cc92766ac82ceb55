// @ts-nocheck: written by protons, whose decoders declare parameters that they do not use
import { decodeMessage, encodeMessage, enumeration, MaxLengthError, message, streamMessage } from 'protons-runtime'
import { alloc as uint8ArrayAlloc } from 'uint8arrays/alloc'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface SyncMessage {
  challenge?: Challenge
  open?: Open
  opened?: Opened
  openTransfer?: OpenTransfer
  getRefs?: GetRefs
  refs?: Refs
  getInventory?: GetInventory
  inventory?: Inventory
  getManifest?: GetManifest
  manifest?: Manifest
  getObjects?: GetObjects
  getChunks?: GetChunks
  have?: Have
  credit?: Credit
  cancel?: Cancel
  failure?: Failure
  announce?: Announce
  holders?: Holders
  objects?: Objects
  objectsPart?: ObjectsPart
  chunk?: Chunk
  end?: End
}

export namespace SyncMessage {
  let _codec: Codec<SyncMessage>

  export const codec = (): Codec<SyncMessage> => {
    if (_codec == null) {
      _codec = message<SyncMessage>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        obj = { ...obj }

        if (obj.end != null) {
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.chunk != null) {
          obj.end = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.objectsPart != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.objects != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.holders != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.announce != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.failure != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.cancel != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.credit != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.have != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.getChunks != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.getObjects != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.manifest != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.getManifest != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.inventory != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.getInventory != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.refs != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.getRefs != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.openTransfer != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.opened = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.opened != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.open = undefined
          obj.challenge = undefined
        }

        if (obj.open != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.challenge = undefined
        }

        if (obj.challenge != null) {
          obj.end = undefined
          obj.chunk = undefined
          obj.objectsPart = undefined
          obj.objects = undefined
          obj.holders = undefined
          obj.announce = undefined
          obj.failure = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.have = undefined
          obj.getChunks = undefined
          obj.getObjects = undefined
          obj.manifest = undefined
          obj.getManifest = undefined
          obj.inventory = undefined
          obj.getInventory = undefined
          obj.refs = undefined
          obj.getRefs = undefined
          obj.openTransfer = undefined
          obj.opened = undefined
          obj.open = undefined
        }

        if (obj.challenge != null) {
          w.uint32(10)
          Challenge.codec().encode(obj.challenge, w)
        }

        if (obj.open != null) {
          w.uint32(18)
          Open.codec().encode(obj.open, w)
        }

        if (obj.opened != null) {
          w.uint32(26)
          Opened.codec().encode(obj.opened, w)
        }

        if (obj.openTransfer != null) {
          w.uint32(34)
          OpenTransfer.codec().encode(obj.openTransfer, w)
        }

        if (obj.getRefs != null) {
          w.uint32(42)
          GetRefs.codec().encode(obj.getRefs, w)
        }

        if (obj.refs != null) {
          w.uint32(50)
          Refs.codec().encode(obj.refs, w)
        }

        if (obj.getInventory != null) {
          w.uint32(58)
          GetInventory.codec().encode(obj.getInventory, w)
        }

        if (obj.inventory != null) {
          w.uint32(66)
          Inventory.codec().encode(obj.inventory, w)
        }

        if (obj.getManifest != null) {
          w.uint32(74)
          GetManifest.codec().encode(obj.getManifest, w)
        }

        if (obj.manifest != null) {
          w.uint32(82)
          Manifest.codec().encode(obj.manifest, w)
        }

        if (obj.getObjects != null) {
          w.uint32(90)
          GetObjects.codec().encode(obj.getObjects, w)
        }

        if (obj.getChunks != null) {
          w.uint32(98)
          GetChunks.codec().encode(obj.getChunks, w)
        }

        if (obj.have != null) {
          w.uint32(106)
          Have.codec().encode(obj.have, w)
        }

        if (obj.credit != null) {
          w.uint32(114)
          Credit.codec().encode(obj.credit, w)
        }

        if (obj.cancel != null) {
          w.uint32(122)
          Cancel.codec().encode(obj.cancel, w)
        }

        if (obj.failure != null) {
          w.uint32(130)
          Failure.codec().encode(obj.failure, w)
        }

        if (obj.announce != null) {
          w.uint32(138)
          Announce.codec().encode(obj.announce, w)
        }

        if (obj.holders != null) {
          w.uint32(146)
          Holders.codec().encode(obj.holders, w)
        }

        if (obj.objects != null) {
          w.uint32(162)
          Objects.codec().encode(obj.objects, w)
        }

        if (obj.objectsPart != null) {
          w.uint32(170)
          ObjectsPart.codec().encode(obj.objectsPart, w)
        }

        if (obj.chunk != null) {
          w.uint32(178)
          Chunk.codec().encode(obj.chunk, w)
        }

        if (obj.end != null) {
          w.uint32(186)
          End.codec().encode(obj.end, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.challenge = Challenge.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.challenge
              })
              break
            }
            case 2: {
              obj.open = Open.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.open
              })
              break
            }
            case 3: {
              obj.opened = Opened.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.opened
              })
              break
            }
            case 4: {
              obj.openTransfer = OpenTransfer.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.openTransfer
              })
              break
            }
            case 5: {
              obj.getRefs = GetRefs.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.getRefs
              })
              break
            }
            case 6: {
              obj.refs = Refs.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.refs
              })
              break
            }
            case 7: {
              obj.getInventory = GetInventory.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.getInventory
              })
              break
            }
            case 8: {
              obj.inventory = Inventory.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.inventory
              })
              break
            }
            case 9: {
              obj.getManifest = GetManifest.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.getManifest
              })
              break
            }
            case 10: {
              obj.manifest = Manifest.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.manifest
              })
              break
            }
            case 11: {
              obj.getObjects = GetObjects.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.getObjects
              })
              break
            }
            case 12: {
              obj.getChunks = GetChunks.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.getChunks
              })
              break
            }
            case 13: {
              obj.have = Have.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.have
              })
              break
            }
            case 14: {
              obj.credit = Credit.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.credit
              })
              break
            }
            case 15: {
              obj.cancel = Cancel.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.cancel
              })
              break
            }
            case 16: {
              obj.failure = Failure.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.failure
              })
              break
            }
            case 17: {
              obj.announce = Announce.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.announce
              })
              break
            }
            case 18: {
              obj.holders = Holders.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.holders
              })
              break
            }
            case 20: {
              obj.objects = Objects.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.objects
              })
              break
            }
            case 21: {
              obj.objectsPart = ObjectsPart.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.objectsPart
              })
              break
            }
            case 22: {
              obj.chunk = Chunk.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.chunk
              })
              break
            }
            case 23: {
              obj.end = End.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.end
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        if (obj.end != null) {
          delete obj.chunk
          delete obj.objectsPart
          delete obj.objects
          delete obj.holders
          delete obj.announce
          delete obj.failure
          delete obj.cancel
          delete obj.credit
          delete obj.have
          delete obj.getChunks
          delete obj.getObjects
          delete obj.manifest
          delete obj.getManifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.refs
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.opened
          delete obj.open
          delete obj.challenge
        }

        if (obj.chunk != null) {
          delete obj.end
          delete obj.objectsPart
          delete obj.objects
          delete obj.holders
          delete obj.announce
          delete obj.failure
          delete obj.cancel
          delete obj.credit
          delete obj.have
          delete obj.getChunks
          delete obj.getObjects
          delete obj.manifest
          delete obj.getManifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.refs
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.opened
          delete obj.open
          delete obj.challenge
        }

        if (obj.objectsPart != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objects
          delete obj.holders
          delete obj.announce
          delete obj.failure
          delete obj.cancel
          delete obj.credit
          delete obj.have
          delete obj.getChunks
          delete obj.getObjects
          delete obj.manifest
          delete obj.getManifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.refs
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.opened
          delete obj.open
          delete obj.challenge
        }

        if (obj.objects != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objectsPart
          delete obj.holders
          delete obj.announce
          delete obj.failure
          delete obj.cancel
          delete obj.credit
          delete obj.have
          delete obj.getChunks
          delete obj.getObjects
          delete obj.manifest
          delete obj.getManifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.refs
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.opened
          delete obj.open
          delete obj.challenge
        }

        if (obj.holders != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objectsPart
          delete obj.objects
          delete obj.announce
          delete obj.failure
          delete obj.cancel
          delete obj.credit
          delete obj.have
          delete obj.getChunks
          delete obj.getObjects
          delete obj.manifest
          delete obj.getManifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.refs
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.opened
          delete obj.open
          delete obj.challenge
        }

        if (obj.announce != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objectsPart
          delete obj.objects
          delete obj.holders
          delete obj.failure
          delete obj.cancel
          delete obj.credit
          delete obj.have
          delete obj.getChunks
          delete obj.getObjects
          delete obj.manifest
          delete obj.getManifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.refs
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.opened
          delete obj.open
          delete obj.challenge
        }

        if (obj.failure != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objectsPart
          delete obj.objects
          delete obj.holders
          delete obj.announce
          delete obj.cancel
          delete obj.credit
          delete obj.have
          delete obj.getChunks
          delete obj.getObjects
          delete obj.manifest
          delete obj.getManifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.refs
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.opened
          delete obj.open
          delete obj.challenge
        }

        if (obj.cancel != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objectsPart
          delete obj.objects
          delete obj.holders
          delete obj.announce
          delete obj.failure
          delete obj.credit
          delete obj.have
          delete obj.getChunks
          delete obj.getObjects
          delete obj.manifest
          delete obj.getManifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.refs
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.opened
          delete obj.open
          delete obj.challenge
        }

        if (obj.credit != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objectsPart
          delete obj.objects
          delete obj.holders
          delete obj.announce
          delete obj.failure
          delete obj.cancel
          delete obj.have
          delete obj.getChunks
          delete obj.getObjects
          delete obj.manifest
          delete obj.getManifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.refs
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.opened
          delete obj.open
          delete obj.challenge
        }

        if (obj.have != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objectsPart
          delete obj.objects
          delete obj.holders
          delete obj.announce
          delete obj.failure
          delete obj.cancel
          delete obj.credit
          delete obj.getChunks
          delete obj.getObjects
          delete obj.manifest
          delete obj.getManifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.refs
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.opened
          delete obj.open
          delete obj.challenge
        }

        if (obj.getChunks != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objectsPart
          delete obj.objects
          delete obj.holders
          delete obj.announce
          delete obj.failure
          delete obj.cancel
          delete obj.credit
          delete obj.have
          delete obj.getObjects
          delete obj.manifest
          delete obj.getManifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.refs
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.opened
          delete obj.open
          delete obj.challenge
        }

        if (obj.getObjects != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objectsPart
          delete obj.objects
          delete obj.holders
          delete obj.announce
          delete obj.failure
          delete obj.cancel
          delete obj.credit
          delete obj.have
          delete obj.getChunks
          delete obj.manifest
          delete obj.getManifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.refs
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.opened
          delete obj.open
          delete obj.challenge
        }

        if (obj.manifest != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objectsPart
          delete obj.objects
          delete obj.holders
          delete obj.announce
          delete obj.failure
          delete obj.cancel
          delete obj.credit
          delete obj.have
          delete obj.getChunks
          delete obj.getObjects
          delete obj.getManifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.refs
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.opened
          delete obj.open
          delete obj.challenge
        }

        if (obj.getManifest != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objectsPart
          delete obj.objects
          delete obj.holders
          delete obj.announce
          delete obj.failure
          delete obj.cancel
          delete obj.credit
          delete obj.have
          delete obj.getChunks
          delete obj.getObjects
          delete obj.manifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.refs
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.opened
          delete obj.open
          delete obj.challenge
        }

        if (obj.inventory != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objectsPart
          delete obj.objects
          delete obj.holders
          delete obj.announce
          delete obj.failure
          delete obj.cancel
          delete obj.credit
          delete obj.have
          delete obj.getChunks
          delete obj.getObjects
          delete obj.manifest
          delete obj.getManifest
          delete obj.getInventory
          delete obj.refs
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.opened
          delete obj.open
          delete obj.challenge
        }

        if (obj.getInventory != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objectsPart
          delete obj.objects
          delete obj.holders
          delete obj.announce
          delete obj.failure
          delete obj.cancel
          delete obj.credit
          delete obj.have
          delete obj.getChunks
          delete obj.getObjects
          delete obj.manifest
          delete obj.getManifest
          delete obj.inventory
          delete obj.refs
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.opened
          delete obj.open
          delete obj.challenge
        }

        if (obj.refs != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objectsPart
          delete obj.objects
          delete obj.holders
          delete obj.announce
          delete obj.failure
          delete obj.cancel
          delete obj.credit
          delete obj.have
          delete obj.getChunks
          delete obj.getObjects
          delete obj.manifest
          delete obj.getManifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.opened
          delete obj.open
          delete obj.challenge
        }

        if (obj.getRefs != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objectsPart
          delete obj.objects
          delete obj.holders
          delete obj.announce
          delete obj.failure
          delete obj.cancel
          delete obj.credit
          delete obj.have
          delete obj.getChunks
          delete obj.getObjects
          delete obj.manifest
          delete obj.getManifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.refs
          delete obj.openTransfer
          delete obj.opened
          delete obj.open
          delete obj.challenge
        }

        if (obj.openTransfer != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objectsPart
          delete obj.objects
          delete obj.holders
          delete obj.announce
          delete obj.failure
          delete obj.cancel
          delete obj.credit
          delete obj.have
          delete obj.getChunks
          delete obj.getObjects
          delete obj.manifest
          delete obj.getManifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.refs
          delete obj.getRefs
          delete obj.opened
          delete obj.open
          delete obj.challenge
        }

        if (obj.opened != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objectsPart
          delete obj.objects
          delete obj.holders
          delete obj.announce
          delete obj.failure
          delete obj.cancel
          delete obj.credit
          delete obj.have
          delete obj.getChunks
          delete obj.getObjects
          delete obj.manifest
          delete obj.getManifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.refs
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.open
          delete obj.challenge
        }

        if (obj.open != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objectsPart
          delete obj.objects
          delete obj.holders
          delete obj.announce
          delete obj.failure
          delete obj.cancel
          delete obj.credit
          delete obj.have
          delete obj.getChunks
          delete obj.getObjects
          delete obj.manifest
          delete obj.getManifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.refs
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.opened
          delete obj.challenge
        }

        if (obj.challenge != null) {
          delete obj.end
          delete obj.chunk
          delete obj.objectsPart
          delete obj.objects
          delete obj.holders
          delete obj.announce
          delete obj.failure
          delete obj.cancel
          delete obj.credit
          delete obj.have
          delete obj.getChunks
          delete obj.getObjects
          delete obj.manifest
          delete obj.getManifest
          delete obj.inventory
          delete obj.getInventory
          delete obj.refs
          delete obj.getRefs
          delete obj.openTransfer
          delete obj.opened
          delete obj.open
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield * Challenge.codec().stream(reader, reader.uint32(), `${prefix}.challenge`, {
                limits: opts.limits?.challenge
              })

              break
            }
            case 2: {
              yield * Open.codec().stream(reader, reader.uint32(), `${prefix}.open`, {
                limits: opts.limits?.open
              })

              break
            }
            case 3: {
              yield * Opened.codec().stream(reader, reader.uint32(), `${prefix}.opened`, {
                limits: opts.limits?.opened
              })

              break
            }
            case 4: {
              yield * OpenTransfer.codec().stream(reader, reader.uint32(), `${prefix}.openTransfer`, {
                limits: opts.limits?.openTransfer
              })

              break
            }
            case 5: {
              yield * GetRefs.codec().stream(reader, reader.uint32(), `${prefix}.getRefs`, {
                limits: opts.limits?.getRefs
              })

              break
            }
            case 6: {
              yield * Refs.codec().stream(reader, reader.uint32(), `${prefix}.refs`, {
                limits: opts.limits?.refs
              })

              break
            }
            case 7: {
              yield * GetInventory.codec().stream(reader, reader.uint32(), `${prefix}.getInventory`, {
                limits: opts.limits?.getInventory
              })

              break
            }
            case 8: {
              yield * Inventory.codec().stream(reader, reader.uint32(), `${prefix}.inventory`, {
                limits: opts.limits?.inventory
              })

              break
            }
            case 9: {
              yield * GetManifest.codec().stream(reader, reader.uint32(), `${prefix}.getManifest`, {
                limits: opts.limits?.getManifest
              })

              break
            }
            case 10: {
              yield * Manifest.codec().stream(reader, reader.uint32(), `${prefix}.manifest`, {
                limits: opts.limits?.manifest
              })

              break
            }
            case 11: {
              yield * GetObjects.codec().stream(reader, reader.uint32(), `${prefix}.getObjects`, {
                limits: opts.limits?.getObjects
              })

              break
            }
            case 12: {
              yield * GetChunks.codec().stream(reader, reader.uint32(), `${prefix}.getChunks`, {
                limits: opts.limits?.getChunks
              })

              break
            }
            case 13: {
              yield * Have.codec().stream(reader, reader.uint32(), `${prefix}.have`, {
                limits: opts.limits?.have
              })

              break
            }
            case 14: {
              yield * Credit.codec().stream(reader, reader.uint32(), `${prefix}.credit`, {
                limits: opts.limits?.credit
              })

              break
            }
            case 15: {
              yield * Cancel.codec().stream(reader, reader.uint32(), `${prefix}.cancel`, {
                limits: opts.limits?.cancel
              })

              break
            }
            case 16: {
              yield * Failure.codec().stream(reader, reader.uint32(), `${prefix}.failure`, {
                limits: opts.limits?.failure
              })

              break
            }
            case 17: {
              yield * Announce.codec().stream(reader, reader.uint32(), `${prefix}.announce`, {
                limits: opts.limits?.announce
              })

              break
            }
            case 18: {
              yield * Holders.codec().stream(reader, reader.uint32(), `${prefix}.holders`, {
                limits: opts.limits?.holders
              })

              break
            }
            case 20: {
              yield * Objects.codec().stream(reader, reader.uint32(), `${prefix}.objects`, {
                limits: opts.limits?.objects
              })

              break
            }
            case 21: {
              yield * ObjectsPart.codec().stream(reader, reader.uint32(), `${prefix}.objectsPart`, {
                limits: opts.limits?.objectsPart
              })

              break
            }
            case 22: {
              yield * Chunk.codec().stream(reader, reader.uint32(), `${prefix}.chunk`, {
                limits: opts.limits?.chunk
              })

              break
            }
            case 23: {
              yield * End.codec().stream(reader, reader.uint32(), `${prefix}.end`, {
                limits: opts.limits?.end
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface SyncMessageChallengeNonceFieldEvent {
    field: '$.challenge.nonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageOpenDiscoveryKeyFieldEvent {
    field: '$.open.discoveryKey'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageOpenNonceFieldEvent {
    field: '$.open.nonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageOpenProofFieldEvent {
    field: '$.open.proof'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageOpenedProofFieldEvent {
    field: '$.opened.proof'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageOpenTransferDiscoveryKeyFieldEvent {
    field: '$.openTransfer.discoveryKey'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageOpenTransferTransferFieldEvent {
    field: '$.openTransfer.transfer'
    value: number
  }

  export interface SyncMessageOpenTransferProofFieldEvent {
    field: '$.openTransfer.proof'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageGetRefsIdFieldEvent {
    field: '$.getRefs.id'
    value: number
  }

  export interface SyncMessageGetRefsKnownFieldEvent {
    field: '$.getRefs.known'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageGetRefsChangesFieldEvent {
    field: '$.getRefs.changes'
    value: boolean
  }

  export interface SyncMessageRefsIdFieldEvent {
    field: '$.refs.id'
    value: number
  }

  export interface SyncMessageRefsDocumentsFieldEvent {
    field: '$.refs.documents[]'
    index: number
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageRefsHoldersKeyFieldEvent {
    field: '$.refs.holders[].key'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface SyncMessageRefsHoldersCompleteFieldEvent {
    field: '$.refs.holders[].complete'
    value: boolean
    index: number
  }

  export interface SyncMessageRefsHeaderFieldEvent {
    field: '$.refs.header'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageRefsListFieldEvent {
    field: '$.refs.list'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageRefsLastFieldEvent {
    field: '$.refs.last'
    value: boolean
  }

  export interface SyncMessageRefsMoreFieldEvent {
    field: '$.refs.more'
    value: boolean
  }

  export interface SyncMessageRefsBaseFieldEvent {
    field: '$.refs.base'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageRefsChangesFieldEvent {
    field: '$.refs.changes'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageGetInventoryIdFieldEvent {
    field: '$.getInventory.id'
    value: number
  }

  export interface SyncMessageInventoryIdFieldEvent {
    field: '$.inventory.id'
    value: number
  }

  export interface SyncMessageInventoryPacksPackFieldEvent {
    field: '$.inventory.packs[].pack'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface SyncMessageInventoryPacksSizeFieldEvent {
    field: '$.inventory.packs[].size'
    value: number
    index: number
  }

  export interface SyncMessageInventoryPacksObjectsFieldEvent {
    field: '$.inventory.packs[].objects'
    value: number
    index: number
  }

  export interface SyncMessageInventoryPacksVerifiedFieldEvent {
    field: '$.inventory.packs[].verified'
    value: boolean
    index: number
  }

  export interface SyncMessageGetManifestIdFieldEvent {
    field: '$.getManifest.id'
    value: number
  }

  export interface SyncMessageGetManifestPackFieldEvent {
    field: '$.getManifest.pack'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageManifestIdFieldEvent {
    field: '$.manifest.id'
    value: number
  }

  export interface SyncMessageManifestManifestFieldEvent {
    field: '$.manifest.manifest'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageGetObjectsIdFieldEvent {
    field: '$.getObjects.id'
    value: number
  }

  export interface SyncMessageGetObjectsTransferFieldEvent {
    field: '$.getObjects.transfer'
    value: number
  }

  export interface SyncMessageGetObjectsWantsFieldEvent {
    field: '$.getObjects.wants[]'
    index: number
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageGetObjectsHavesFieldEvent {
    field: '$.getObjects.haves[]'
    index: number
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageGetObjectsFilterFieldEvent {
    field: '$.getObjects.filter'
    value: Filter
  }

  export interface SyncMessageGetObjectsThinFieldEvent {
    field: '$.getObjects.thin'
    value: boolean
  }

  export interface SyncMessageGetObjectsNegotiateFieldEvent {
    field: '$.getObjects.negotiate'
    value: boolean
  }

  export interface SyncMessageGetChunksIdFieldEvent {
    field: '$.getChunks.id'
    value: number
  }

  export interface SyncMessageGetChunksTransferFieldEvent {
    field: '$.getChunks.transfer'
    value: number
  }

  export interface SyncMessageGetChunksPackFieldEvent {
    field: '$.getChunks.pack'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageGetChunksRangesFirstFieldEvent {
    field: '$.getChunks.ranges[].first'
    value: number
    index: number
  }

  export interface SyncMessageGetChunksRangesCountFieldEvent {
    field: '$.getChunks.ranges[].count'
    value: number
    index: number
  }

  export interface SyncMessageHavePackFieldEvent {
    field: '$.have.pack'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageHaveBitfieldFieldEvent {
    field: '$.have.bitfield'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageHaveOfferFieldEvent {
    field: '$.have.offer'
    value: boolean
  }

  export interface SyncMessageCreditBytesFieldEvent {
    field: '$.credit.bytes'
    value: number
  }

  export interface SyncMessageCreditUrgentFieldEvent {
    field: '$.credit.urgent'
    value: number
  }

  export interface SyncMessageCancelIdFieldEvent {
    field: '$.cancel.id'
    value: number
  }

  export interface SyncMessageFailureIdFieldEvent {
    field: '$.failure.id'
    value: number
  }

  export interface SyncMessageFailureStatusFieldEvent {
    field: '$.failure.status'
    value: Status
  }

  export interface SyncMessageFailureRetryAfterFieldEvent {
    field: '$.failure.retryAfter'
    value: number
  }

  export interface SyncMessageAnnounceHeaderFieldEvent {
    field: '$.announce.header'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageAnnounceChangesFieldEvent {
    field: '$.announce.changes'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageAnnouncePackFieldEvent {
    field: '$.announce.pack'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageHoldersHoldersKeyFieldEvent {
    field: '$.holders.holders[].key'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface SyncMessageHoldersHoldersCompleteFieldEvent {
    field: '$.holders.holders[].complete'
    value: boolean
    index: number
  }

  export interface SyncMessageObjectsIdFieldEvent {
    field: '$.objects.id'
    value: number
  }

  export interface SyncMessageObjectsObjectsFieldEvent {
    field: '$.objects.objects'
    value: number
  }

  export interface SyncMessageObjectsBytesFieldEvent {
    field: '$.objects.bytes'
    value: number
  }

  export interface SyncMessageObjectsPartIdFieldEvent {
    field: '$.objectsPart.id'
    value: number
  }

  export interface SyncMessageObjectsPartBytesFieldEvent {
    field: '$.objectsPart.bytes'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageChunkIdFieldEvent {
    field: '$.chunk.id'
    value: number
  }

  export interface SyncMessageChunkChunkFieldEvent {
    field: '$.chunk.chunk'
    value: number
  }

  export interface SyncMessageChunkOffsetFieldEvent {
    field: '$.chunk.offset'
    value: number
  }

  export interface SyncMessageChunkBytesFieldEvent {
    field: '$.chunk.bytes'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SyncMessageEndIdFieldEvent {
    field: '$.end.id'
    value: number
  }

  export interface SyncMessageEndStatusFieldEvent {
    field: '$.end.status'
    value: Status
  }

  export function encode (obj: Partial<SyncMessage>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, SyncMessage.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<SyncMessage>): SyncMessage {
    return decodeMessage(buf, SyncMessage.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<SyncMessage>): Generator<SyncMessageChallengeNonceFieldEvent | SyncMessageOpenDiscoveryKeyFieldEvent | SyncMessageOpenNonceFieldEvent | SyncMessageOpenProofFieldEvent | SyncMessageOpenedProofFieldEvent | SyncMessageOpenTransferDiscoveryKeyFieldEvent | SyncMessageOpenTransferTransferFieldEvent | SyncMessageOpenTransferProofFieldEvent | SyncMessageGetRefsIdFieldEvent | SyncMessageGetRefsKnownFieldEvent | SyncMessageGetRefsChangesFieldEvent | SyncMessageRefsIdFieldEvent | SyncMessageRefsDocumentsFieldEvent | SyncMessageRefsHoldersKeyFieldEvent | SyncMessageRefsHoldersCompleteFieldEvent | SyncMessageRefsHeaderFieldEvent | SyncMessageRefsListFieldEvent | SyncMessageRefsLastFieldEvent | SyncMessageRefsMoreFieldEvent | SyncMessageRefsBaseFieldEvent | SyncMessageRefsChangesFieldEvent | SyncMessageGetInventoryIdFieldEvent | SyncMessageInventoryIdFieldEvent | SyncMessageInventoryPacksPackFieldEvent | SyncMessageInventoryPacksSizeFieldEvent | SyncMessageInventoryPacksObjectsFieldEvent | SyncMessageInventoryPacksVerifiedFieldEvent | SyncMessageGetManifestIdFieldEvent | SyncMessageGetManifestPackFieldEvent | SyncMessageManifestIdFieldEvent | SyncMessageManifestManifestFieldEvent | SyncMessageGetObjectsIdFieldEvent | SyncMessageGetObjectsTransferFieldEvent | SyncMessageGetObjectsWantsFieldEvent | SyncMessageGetObjectsHavesFieldEvent | SyncMessageGetObjectsFilterFieldEvent | SyncMessageGetObjectsThinFieldEvent | SyncMessageGetObjectsNegotiateFieldEvent | SyncMessageGetChunksIdFieldEvent | SyncMessageGetChunksTransferFieldEvent | SyncMessageGetChunksPackFieldEvent | SyncMessageGetChunksRangesFirstFieldEvent | SyncMessageGetChunksRangesCountFieldEvent | SyncMessageHavePackFieldEvent | SyncMessageHaveBitfieldFieldEvent | SyncMessageHaveOfferFieldEvent | SyncMessageCreditBytesFieldEvent | SyncMessageCreditUrgentFieldEvent | SyncMessageCancelIdFieldEvent | SyncMessageFailureIdFieldEvent | SyncMessageFailureStatusFieldEvent | SyncMessageFailureRetryAfterFieldEvent | SyncMessageAnnounceHeaderFieldEvent | SyncMessageAnnounceChangesFieldEvent | SyncMessageAnnouncePackFieldEvent | SyncMessageHoldersHoldersKeyFieldEvent | SyncMessageHoldersHoldersCompleteFieldEvent | SyncMessageObjectsIdFieldEvent | SyncMessageObjectsObjectsFieldEvent | SyncMessageObjectsBytesFieldEvent | SyncMessageObjectsPartIdFieldEvent | SyncMessageObjectsPartBytesFieldEvent | SyncMessageChunkIdFieldEvent | SyncMessageChunkChunkFieldEvent | SyncMessageChunkOffsetFieldEvent | SyncMessageChunkBytesFieldEvent | SyncMessageEndIdFieldEvent | SyncMessageEndStatusFieldEvent> {
    return streamMessage(buf, SyncMessage.codec(), opts)
  }
}

export enum Status {
  OK = 'OK',
  NOT_HELD = 'NOT_HELD',
  NOT_SERVED = 'NOT_SERVED',
  BUSY = 'BUSY',
  TOO_LARGE = 'TOO_LARGE',
  MALFORMED = 'MALFORMED',
  CANCELLED = 'CANCELLED',
  INTERNAL = 'INTERNAL',
  NO_TRANSFER = 'NO_TRANSFER',
  MORE_HAVES = 'MORE_HAVES',
  RESERVED_10 = 'RESERVED_10',
  RESERVED_11 = 'RESERVED_11',
  RESERVED_12 = 'RESERVED_12',
  RESERVED_13 = 'RESERVED_13',
  RESERVED_14 = 'RESERVED_14',
  RESERVED_15 = 'RESERVED_15'
}

enum __StatusValues {
  OK = 0,
  NOT_HELD = 1,
  NOT_SERVED = 2,
  BUSY = 3,
  TOO_LARGE = 4,
  MALFORMED = 5,
  CANCELLED = 6,
  INTERNAL = 7,
  NO_TRANSFER = 8,
  MORE_HAVES = 9,
  RESERVED_10 = 10,
  RESERVED_11 = 11,
  RESERVED_12 = 12,
  RESERVED_13 = 13,
  RESERVED_14 = 14,
  RESERVED_15 = 15
}

export namespace Status {
  export const codec = (): Codec<Status> => {
    return enumeration<Status>(__StatusValues)
  }
}

export interface Challenge {
  nonce: Uint8Array<ArrayBuffer>
}

export namespace Challenge {
  let _codec: Codec<Challenge>

  export const codec = (): Codec<Challenge> => {
    if (_codec == null) {
      _codec = message<Challenge>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.nonce != null && obj.nonce.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.nonce)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          nonce: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.nonce = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.nonce`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ChallengeNonceFieldEvent {
    field: '$.nonce'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Challenge>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Challenge.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Challenge>): Challenge {
    return decodeMessage(buf, Challenge.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Challenge>): Generator<ChallengeNonceFieldEvent> {
    return streamMessage(buf, Challenge.codec(), opts)
  }
}

export interface Open {
  discoveryKey: Uint8Array<ArrayBuffer>
  nonce: Uint8Array<ArrayBuffer>
  proof: Uint8Array<ArrayBuffer>
}

export namespace Open {
  let _codec: Codec<Open>

  export const codec = (): Codec<Open> => {
    if (_codec == null) {
      _codec = message<Open>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.discoveryKey != null && obj.discoveryKey.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.discoveryKey)
        }

        if ((obj.nonce != null && obj.nonce.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.nonce)
        }

        if ((obj.proof != null && obj.proof.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.proof)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          discoveryKey: uint8ArrayAlloc(0),
          nonce: uint8ArrayAlloc(0),
          proof: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.discoveryKey = reader.bytes()
              break
            }
            case 2: {
              obj.nonce = reader.bytes()
              break
            }
            case 3: {
              obj.proof = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.discoveryKey`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.nonce`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.proof`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface OpenDiscoveryKeyFieldEvent {
    field: '$.discoveryKey'
    value: Uint8Array<ArrayBuffer>
  }

  export interface OpenNonceFieldEvent {
    field: '$.nonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface OpenProofFieldEvent {
    field: '$.proof'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Open>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Open.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Open>): Open {
    return decodeMessage(buf, Open.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Open>): Generator<OpenDiscoveryKeyFieldEvent | OpenNonceFieldEvent | OpenProofFieldEvent> {
    return streamMessage(buf, Open.codec(), opts)
  }
}

export interface Opened {
  proof: Uint8Array<ArrayBuffer>
}

export namespace Opened {
  let _codec: Codec<Opened>

  export const codec = (): Codec<Opened> => {
    if (_codec == null) {
      _codec = message<Opened>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.proof != null && obj.proof.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.proof)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          proof: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.proof = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.proof`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface OpenedProofFieldEvent {
    field: '$.proof'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Opened>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Opened.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Opened>): Opened {
    return decodeMessage(buf, Opened.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Opened>): Generator<OpenedProofFieldEvent> {
    return streamMessage(buf, Opened.codec(), opts)
  }
}

export interface OpenTransfer {
  discoveryKey: Uint8Array<ArrayBuffer>
  transfer: number
  proof: Uint8Array<ArrayBuffer>
}

export namespace OpenTransfer {
  let _codec: Codec<OpenTransfer>

  export const codec = (): Codec<OpenTransfer> => {
    if (_codec == null) {
      _codec = message<OpenTransfer>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.discoveryKey != null && obj.discoveryKey.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.discoveryKey)
        }

        if ((obj.transfer != null && obj.transfer !== 0)) {
          w.uint32(16)
          w.uint32(obj.transfer)
        }

        if ((obj.proof != null && obj.proof.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.proof)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          discoveryKey: uint8ArrayAlloc(0),
          transfer: 0,
          proof: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.discoveryKey = reader.bytes()
              break
            }
            case 2: {
              obj.transfer = reader.uint32()
              break
            }
            case 3: {
              obj.proof = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.discoveryKey`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.transfer`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.proof`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface OpenTransferDiscoveryKeyFieldEvent {
    field: '$.discoveryKey'
    value: Uint8Array<ArrayBuffer>
  }

  export interface OpenTransferTransferFieldEvent {
    field: '$.transfer'
    value: number
  }

  export interface OpenTransferProofFieldEvent {
    field: '$.proof'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<OpenTransfer>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, OpenTransfer.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<OpenTransfer>): OpenTransfer {
    return decodeMessage(buf, OpenTransfer.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<OpenTransfer>): Generator<OpenTransferDiscoveryKeyFieldEvent | OpenTransferTransferFieldEvent | OpenTransferProofFieldEvent> {
    return streamMessage(buf, OpenTransfer.codec(), opts)
  }
}

export interface GetRefs {
  id: number
  known: Uint8Array<ArrayBuffer>
  changes?: boolean
}

export namespace GetRefs {
  let _codec: Codec<GetRefs>

  export const codec = (): Codec<GetRefs> => {
    if (_codec == null) {
      _codec = message<GetRefs>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if ((obj.known != null && obj.known.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.known)
        }

        if (obj.changes != null) {
          w.uint32(24)
          w.bool(obj.changes)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0,
          known: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            case 2: {
              obj.known = reader.bytes()
              break
            }
            case 3: {
              obj.changes = reader.bool()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.known`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.changes`,
                value: reader.bool()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface GetRefsIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface GetRefsKnownFieldEvent {
    field: '$.known'
    value: Uint8Array<ArrayBuffer>
  }

  export interface GetRefsChangesFieldEvent {
    field: '$.changes'
    value: boolean
  }

  export function encode (obj: Partial<GetRefs>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, GetRefs.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<GetRefs>): GetRefs {
    return decodeMessage(buf, GetRefs.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<GetRefs>): Generator<GetRefsIdFieldEvent | GetRefsKnownFieldEvent | GetRefsChangesFieldEvent> {
    return streamMessage(buf, GetRefs.codec(), opts)
  }
}

export interface Refs {
  id: number
  documents: Uint8Array<ArrayBuffer>[]
  holders: Holder[]
  header: Uint8Array<ArrayBuffer>
  list: Uint8Array<ArrayBuffer>
  last: boolean
  more: boolean
  base?: Uint8Array<ArrayBuffer>
  changes?: Uint8Array<ArrayBuffer>
}

export namespace Refs {
  let _codec: Codec<Refs>

  export const codec = (): Codec<Refs> => {
    if (_codec == null) {
      _codec = message<Refs>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if (obj.documents != null && obj.documents.length > 0) {
          for (const value of obj.documents) {
            w.uint32(18)
            w.bytes(value)
          }
        }

        if (obj.holders != null && obj.holders.length > 0) {
          for (const value of obj.holders) {
            w.uint32(26)
            Holder.codec().encode(value, w)
          }
        }

        if ((obj.header != null && obj.header.byteLength > 0)) {
          w.uint32(34)
          w.bytes(obj.header)
        }

        if ((obj.list != null && obj.list.byteLength > 0)) {
          w.uint32(42)
          w.bytes(obj.list)
        }

        if ((obj.last != null && obj.last !== false)) {
          w.uint32(48)
          w.bool(obj.last)
        }

        if ((obj.more != null && obj.more !== false)) {
          w.uint32(56)
          w.bool(obj.more)
        }

        if (obj.base != null) {
          w.uint32(66)
          w.bytes(obj.base)
        }

        if (obj.changes != null) {
          w.uint32(74)
          w.bytes(obj.changes)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0,
          documents: [],
          holders: [],
          header: uint8ArrayAlloc(0),
          list: uint8ArrayAlloc(0),
          last: false,
          more: false
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            case 2: {
              if (opts.limits?.documents != null && obj.documents.length === opts.limits.documents) {
                throw new MaxLengthError('Decode error - repeated field "documents" had too many elements')
              }

              if (obj.documents.length === 64) {
                throw new MaxLengthError('Decode error - repeated field "documents" had too many elements')
              }

              obj.documents.push(reader.bytes())
              break
            }
            case 3: {
              if (opts.limits?.holders != null && obj.holders.length === opts.limits.holders) {
                throw new MaxLengthError('Decode error - repeated field "holders" had too many elements')
              }

              if (obj.holders.length === 16) {
                throw new MaxLengthError('Decode error - repeated field "holders" had too many elements')
              }

              obj.holders.push(Holder.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.holders$
              }))
              break
            }
            case 4: {
              obj.header = reader.bytes()
              break
            }
            case 5: {
              obj.list = reader.bytes()
              break
            }
            case 6: {
              obj.last = reader.bool()
              break
            }
            case 7: {
              obj.more = reader.bool()
              break
            }
            case 8: {
              obj.base = reader.bytes()
              break
            }
            case 9: {
              obj.changes = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          documents: 64,
          holders: 16
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              if (opts.limits?.documents != null && obj.documents === opts.limits.documents) {
                throw new MaxLengthError('Streaming decode error - repeated field "documents" had too many elements')
              }

              if (obj.documents === 64) {
                throw new MaxLengthError('Streaming decode error - repeated field "documents" had too many elements')
              }

              yield {
                field: `${prefix}.documents[]`,
                index: obj.documents,
                value: reader.bytes()
              }

              obj.documents++

              break
            }
            case 3: {
              if (opts.limits?.holders != null && obj.holders === opts.limits.holders) {
                throw new MaxLengthError('Streaming decode error - repeated field "holders" had too many elements')
              }

              if (obj.holders === 16) {
                throw new MaxLengthError('Streaming decode error - repeated field "holders" had too many elements')
              }

              for (const evt of Holder.codec().stream(reader, reader.uint32(), `${prefix}.holders[]`, {
                limits: opts.limits?.holders$
              })) {
                yield {
                  ...evt,
                  index: obj.holders
                }
              }

              obj.holders++

              break
            }
            case 4: {
              yield {
                field: `${prefix}.header`,
                value: reader.bytes()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.list`,
                value: reader.bytes()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.last`,
                value: reader.bool()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.more`,
                value: reader.bool()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.base`,
                value: reader.bytes()
              }
              break
            }
            case 9: {
              yield {
                field: `${prefix}.changes`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface RefsIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface RefsDocumentsFieldEvent {
    field: '$.documents[]'
    index: number
    value: Uint8Array<ArrayBuffer>
  }

  export interface RefsHoldersKeyFieldEvent {
    field: '$.holders[].key'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface RefsHoldersCompleteFieldEvent {
    field: '$.holders[].complete'
    value: boolean
    index: number
  }

  export interface RefsHeaderFieldEvent {
    field: '$.header'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RefsListFieldEvent {
    field: '$.list'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RefsLastFieldEvent {
    field: '$.last'
    value: boolean
  }

  export interface RefsMoreFieldEvent {
    field: '$.more'
    value: boolean
  }

  export interface RefsBaseFieldEvent {
    field: '$.base'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RefsChangesFieldEvent {
    field: '$.changes'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Refs>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Refs.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Refs>): Refs {
    return decodeMessage(buf, Refs.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Refs>): Generator<RefsIdFieldEvent | RefsDocumentsFieldEvent | RefsHoldersKeyFieldEvent | RefsHoldersCompleteFieldEvent | RefsHeaderFieldEvent | RefsListFieldEvent | RefsLastFieldEvent | RefsMoreFieldEvent | RefsBaseFieldEvent | RefsChangesFieldEvent> {
    return streamMessage(buf, Refs.codec(), opts)
  }
}

export interface Holder {
  key: Uint8Array<ArrayBuffer>
  complete: boolean
}

export namespace Holder {
  let _codec: Codec<Holder>

  export const codec = (): Codec<Holder> => {
    if (_codec == null) {
      _codec = message<Holder>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.key != null && obj.key.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.key)
        }

        if ((obj.complete != null && obj.complete !== false)) {
          w.uint32(16)
          w.bool(obj.complete)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          key: uint8ArrayAlloc(0),
          complete: false
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.key = reader.bytes()
              break
            }
            case 2: {
              obj.complete = reader.bool()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.key`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.complete`,
                value: reader.bool()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface HolderKeyFieldEvent {
    field: '$.key'
    value: Uint8Array<ArrayBuffer>
  }

  export interface HolderCompleteFieldEvent {
    field: '$.complete'
    value: boolean
  }

  export function encode (obj: Partial<Holder>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Holder.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Holder>): Holder {
    return decodeMessage(buf, Holder.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Holder>): Generator<HolderKeyFieldEvent | HolderCompleteFieldEvent> {
    return streamMessage(buf, Holder.codec(), opts)
  }
}

export interface GetInventory {
  id: number
}

export namespace GetInventory {
  let _codec: Codec<GetInventory>

  export const codec = (): Codec<GetInventory> => {
    if (_codec == null) {
      _codec = message<GetInventory>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface GetInventoryIdFieldEvent {
    field: '$.id'
    value: number
  }

  export function encode (obj: Partial<GetInventory>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, GetInventory.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<GetInventory>): GetInventory {
    return decodeMessage(buf, GetInventory.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<GetInventory>): Generator<GetInventoryIdFieldEvent> {
    return streamMessage(buf, GetInventory.codec(), opts)
  }
}

export interface Inventory {
  id: number
  packs: BasePack[]
}

export namespace Inventory {
  let _codec: Codec<Inventory>

  export const codec = (): Codec<Inventory> => {
    if (_codec == null) {
      _codec = message<Inventory>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if (obj.packs != null && obj.packs.length > 0) {
          for (const value of obj.packs) {
            w.uint32(18)
            BasePack.codec().encode(value, w)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0,
          packs: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            case 2: {
              if (opts.limits?.packs != null && obj.packs.length === opts.limits.packs) {
                throw new MaxLengthError('Decode error - repeated field "packs" had too many elements')
              }

              if (obj.packs.length === 1024) {
                throw new MaxLengthError('Decode error - repeated field "packs" had too many elements')
              }

              obj.packs.push(BasePack.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.packs$
              }))
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          packs: 1024
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              if (opts.limits?.packs != null && obj.packs === opts.limits.packs) {
                throw new MaxLengthError('Streaming decode error - repeated field "packs" had too many elements')
              }

              if (obj.packs === 1024) {
                throw new MaxLengthError('Streaming decode error - repeated field "packs" had too many elements')
              }

              for (const evt of BasePack.codec().stream(reader, reader.uint32(), `${prefix}.packs[]`, {
                limits: opts.limits?.packs$
              })) {
                yield {
                  ...evt,
                  index: obj.packs
                }
              }

              obj.packs++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface InventoryIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface InventoryPacksPackFieldEvent {
    field: '$.packs[].pack'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface InventoryPacksSizeFieldEvent {
    field: '$.packs[].size'
    value: number
    index: number
  }

  export interface InventoryPacksObjectsFieldEvent {
    field: '$.packs[].objects'
    value: number
    index: number
  }

  export interface InventoryPacksVerifiedFieldEvent {
    field: '$.packs[].verified'
    value: boolean
    index: number
  }

  export function encode (obj: Partial<Inventory>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Inventory.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Inventory>): Inventory {
    return decodeMessage(buf, Inventory.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Inventory>): Generator<InventoryIdFieldEvent | InventoryPacksPackFieldEvent | InventoryPacksSizeFieldEvent | InventoryPacksObjectsFieldEvent | InventoryPacksVerifiedFieldEvent> {
    return streamMessage(buf, Inventory.codec(), opts)
  }
}

export interface BasePack {
  pack: Uint8Array<ArrayBuffer>
  size: number
  objects: number
  verified: boolean
}

export namespace BasePack {
  let _codec: Codec<BasePack>

  export const codec = (): Codec<BasePack> => {
    if (_codec == null) {
      _codec = message<BasePack>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.pack != null && obj.pack.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.pack)
        }

        if ((obj.size != null && obj.size !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.size)
        }

        if ((obj.objects != null && obj.objects !== 0)) {
          w.uint32(24)
          w.uint32(obj.objects)
        }

        if ((obj.verified != null && obj.verified !== false)) {
          w.uint32(32)
          w.bool(obj.verified)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          pack: uint8ArrayAlloc(0),
          size: 0,
          objects: 0,
          verified: false
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.pack = reader.bytes()
              break
            }
            case 2: {
              obj.size = reader.uint64Number()
              break
            }
            case 3: {
              obj.objects = reader.uint32()
              break
            }
            case 4: {
              obj.verified = reader.bool()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.pack`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.size`,
                value: reader.uint64Number()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.objects`,
                value: reader.uint32()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.verified`,
                value: reader.bool()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface BasePackPackFieldEvent {
    field: '$.pack'
    value: Uint8Array<ArrayBuffer>
  }

  export interface BasePackSizeFieldEvent {
    field: '$.size'
    value: number
  }

  export interface BasePackObjectsFieldEvent {
    field: '$.objects'
    value: number
  }

  export interface BasePackVerifiedFieldEvent {
    field: '$.verified'
    value: boolean
  }

  export function encode (obj: Partial<BasePack>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, BasePack.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BasePack>): BasePack {
    return decodeMessage(buf, BasePack.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BasePack>): Generator<BasePackPackFieldEvent | BasePackSizeFieldEvent | BasePackObjectsFieldEvent | BasePackVerifiedFieldEvent> {
    return streamMessage(buf, BasePack.codec(), opts)
  }
}

export interface GetManifest {
  id: number
  pack: Uint8Array<ArrayBuffer>
}

export namespace GetManifest {
  let _codec: Codec<GetManifest>

  export const codec = (): Codec<GetManifest> => {
    if (_codec == null) {
      _codec = message<GetManifest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if ((obj.pack != null && obj.pack.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.pack)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0,
          pack: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            case 2: {
              obj.pack = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.pack`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface GetManifestIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface GetManifestPackFieldEvent {
    field: '$.pack'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<GetManifest>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, GetManifest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<GetManifest>): GetManifest {
    return decodeMessage(buf, GetManifest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<GetManifest>): Generator<GetManifestIdFieldEvent | GetManifestPackFieldEvent> {
    return streamMessage(buf, GetManifest.codec(), opts)
  }
}

export interface Manifest {
  id: number
  manifest: Uint8Array<ArrayBuffer>
}

export namespace Manifest {
  let _codec: Codec<Manifest>

  export const codec = (): Codec<Manifest> => {
    if (_codec == null) {
      _codec = message<Manifest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if ((obj.manifest != null && obj.manifest.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.manifest)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0,
          manifest: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            case 2: {
              obj.manifest = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.manifest`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ManifestIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface ManifestManifestFieldEvent {
    field: '$.manifest'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Manifest>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Manifest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Manifest>): Manifest {
    return decodeMessage(buf, Manifest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Manifest>): Generator<ManifestIdFieldEvent | ManifestManifestFieldEvent> {
    return streamMessage(buf, Manifest.codec(), opts)
  }
}

export enum Filter {
  CLOSURE = 'CLOSURE',
  OBJECTS = 'OBJECTS',
  SNAPSHOT = 'SNAPSHOT'
}

enum __FilterValues {
  CLOSURE = 0,
  OBJECTS = 1,
  SNAPSHOT = 2
}

export namespace Filter {
  export const codec = (): Codec<Filter> => {
    return enumeration<Filter>(__FilterValues)
  }
}

export interface GetObjects {
  id: number
  transfer: number
  wants: Uint8Array<ArrayBuffer>[]
  haves: Uint8Array<ArrayBuffer>[]
  filter: Filter
  thin: boolean
  negotiate?: boolean
}

export namespace GetObjects {
  let _codec: Codec<GetObjects>

  export const codec = (): Codec<GetObjects> => {
    if (_codec == null) {
      _codec = message<GetObjects>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if ((obj.transfer != null && obj.transfer !== 0)) {
          w.uint32(16)
          w.uint32(obj.transfer)
        }

        if (obj.wants != null && obj.wants.length > 0) {
          for (const value of obj.wants) {
            w.uint32(26)
            w.bytes(value)
          }
        }

        if (obj.haves != null && obj.haves.length > 0) {
          for (const value of obj.haves) {
            w.uint32(34)
            w.bytes(value)
          }
        }

        if (obj.filter != null && __FilterValues[obj.filter] !== 0) {
          w.uint32(40)
          Filter.codec().encode(obj.filter, w)
        }

        if ((obj.thin != null && obj.thin !== false)) {
          w.uint32(48)
          w.bool(obj.thin)
        }

        if (obj.negotiate != null) {
          w.uint32(56)
          w.bool(obj.negotiate)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0,
          transfer: 0,
          wants: [],
          haves: [],
          filter: Filter.CLOSURE,
          thin: false
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            case 2: {
              obj.transfer = reader.uint32()
              break
            }
            case 3: {
              if (opts.limits?.wants != null && obj.wants.length === opts.limits.wants) {
                throw new MaxLengthError('Decode error - repeated field "wants" had too many elements')
              }

              if (obj.wants.length === 1024) {
                throw new MaxLengthError('Decode error - repeated field "wants" had too many elements')
              }

              obj.wants.push(reader.bytes())
              break
            }
            case 4: {
              if (opts.limits?.haves != null && obj.haves.length === opts.limits.haves) {
                throw new MaxLengthError('Decode error - repeated field "haves" had too many elements')
              }

              if (obj.haves.length === 4096) {
                throw new MaxLengthError('Decode error - repeated field "haves" had too many elements')
              }

              obj.haves.push(reader.bytes())
              break
            }
            case 5: {
              obj.filter = Filter.codec().decode(reader)
              break
            }
            case 6: {
              obj.thin = reader.bool()
              break
            }
            case 7: {
              obj.negotiate = reader.bool()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          wants: 1024,
          haves: 4096
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.transfer`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              if (opts.limits?.wants != null && obj.wants === opts.limits.wants) {
                throw new MaxLengthError('Streaming decode error - repeated field "wants" had too many elements')
              }

              if (obj.wants === 1024) {
                throw new MaxLengthError('Streaming decode error - repeated field "wants" had too many elements')
              }

              yield {
                field: `${prefix}.wants[]`,
                index: obj.wants,
                value: reader.bytes()
              }

              obj.wants++

              break
            }
            case 4: {
              if (opts.limits?.haves != null && obj.haves === opts.limits.haves) {
                throw new MaxLengthError('Streaming decode error - repeated field "haves" had too many elements')
              }

              if (obj.haves === 4096) {
                throw new MaxLengthError('Streaming decode error - repeated field "haves" had too many elements')
              }

              yield {
                field: `${prefix}.haves[]`,
                index: obj.haves,
                value: reader.bytes()
              }

              obj.haves++

              break
            }
            case 5: {
              yield {
                field: `${prefix}.filter`,
                value: Filter.codec().decode(reader)
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.thin`,
                value: reader.bool()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.negotiate`,
                value: reader.bool()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface GetObjectsIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface GetObjectsTransferFieldEvent {
    field: '$.transfer'
    value: number
  }

  export interface GetObjectsWantsFieldEvent {
    field: '$.wants[]'
    index: number
    value: Uint8Array<ArrayBuffer>
  }

  export interface GetObjectsHavesFieldEvent {
    field: '$.haves[]'
    index: number
    value: Uint8Array<ArrayBuffer>
  }

  export interface GetObjectsFilterFieldEvent {
    field: '$.filter'
    value: Filter
  }

  export interface GetObjectsThinFieldEvent {
    field: '$.thin'
    value: boolean
  }

  export interface GetObjectsNegotiateFieldEvent {
    field: '$.negotiate'
    value: boolean
  }

  export function encode (obj: Partial<GetObjects>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, GetObjects.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<GetObjects>): GetObjects {
    return decodeMessage(buf, GetObjects.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<GetObjects>): Generator<GetObjectsIdFieldEvent | GetObjectsTransferFieldEvent | GetObjectsWantsFieldEvent | GetObjectsHavesFieldEvent | GetObjectsFilterFieldEvent | GetObjectsThinFieldEvent | GetObjectsNegotiateFieldEvent> {
    return streamMessage(buf, GetObjects.codec(), opts)
  }
}

export interface GetChunks {
  id: number
  transfer: number
  pack: Uint8Array<ArrayBuffer>
  ranges: Range[]
}

export namespace GetChunks {
  let _codec: Codec<GetChunks>

  export const codec = (): Codec<GetChunks> => {
    if (_codec == null) {
      _codec = message<GetChunks>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if ((obj.transfer != null && obj.transfer !== 0)) {
          w.uint32(16)
          w.uint32(obj.transfer)
        }

        if ((obj.pack != null && obj.pack.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.pack)
        }

        if (obj.ranges != null && obj.ranges.length > 0) {
          for (const value of obj.ranges) {
            w.uint32(34)
            Range.codec().encode(value, w)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0,
          transfer: 0,
          pack: uint8ArrayAlloc(0),
          ranges: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            case 2: {
              obj.transfer = reader.uint32()
              break
            }
            case 3: {
              obj.pack = reader.bytes()
              break
            }
            case 4: {
              if (opts.limits?.ranges != null && obj.ranges.length === opts.limits.ranges) {
                throw new MaxLengthError('Decode error - repeated field "ranges" had too many elements')
              }

              if (obj.ranges.length === 32) {
                throw new MaxLengthError('Decode error - repeated field "ranges" had too many elements')
              }

              obj.ranges.push(Range.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.ranges$
              }))
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          ranges: 32
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.transfer`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.pack`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              if (opts.limits?.ranges != null && obj.ranges === opts.limits.ranges) {
                throw new MaxLengthError('Streaming decode error - repeated field "ranges" had too many elements')
              }

              if (obj.ranges === 32) {
                throw new MaxLengthError('Streaming decode error - repeated field "ranges" had too many elements')
              }

              for (const evt of Range.codec().stream(reader, reader.uint32(), `${prefix}.ranges[]`, {
                limits: opts.limits?.ranges$
              })) {
                yield {
                  ...evt,
                  index: obj.ranges
                }
              }

              obj.ranges++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface GetChunksIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface GetChunksTransferFieldEvent {
    field: '$.transfer'
    value: number
  }

  export interface GetChunksPackFieldEvent {
    field: '$.pack'
    value: Uint8Array<ArrayBuffer>
  }

  export interface GetChunksRangesFirstFieldEvent {
    field: '$.ranges[].first'
    value: number
    index: number
  }

  export interface GetChunksRangesCountFieldEvent {
    field: '$.ranges[].count'
    value: number
    index: number
  }

  export function encode (obj: Partial<GetChunks>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, GetChunks.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<GetChunks>): GetChunks {
    return decodeMessage(buf, GetChunks.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<GetChunks>): Generator<GetChunksIdFieldEvent | GetChunksTransferFieldEvent | GetChunksPackFieldEvent | GetChunksRangesFirstFieldEvent | GetChunksRangesCountFieldEvent> {
    return streamMessage(buf, GetChunks.codec(), opts)
  }
}

export interface Range {
  first: number
  count: number
}

export namespace Range {
  let _codec: Codec<Range>

  export const codec = (): Codec<Range> => {
    if (_codec == null) {
      _codec = message<Range>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.first != null && obj.first !== 0)) {
          w.uint32(8)
          w.uint32(obj.first)
        }

        if ((obj.count != null && obj.count !== 0)) {
          w.uint32(16)
          w.uint32(obj.count)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          first: 0,
          count: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.first = reader.uint32()
              break
            }
            case 2: {
              obj.count = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.first`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.count`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface RangeFirstFieldEvent {
    field: '$.first'
    value: number
  }

  export interface RangeCountFieldEvent {
    field: '$.count'
    value: number
  }

  export function encode (obj: Partial<Range>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Range.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Range>): Range {
    return decodeMessage(buf, Range.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Range>): Generator<RangeFirstFieldEvent | RangeCountFieldEvent> {
    return streamMessage(buf, Range.codec(), opts)
  }
}

export interface Have {
  pack: Uint8Array<ArrayBuffer>
  bitfield: Uint8Array<ArrayBuffer>
  offer: boolean
}

export namespace Have {
  let _codec: Codec<Have>

  export const codec = (): Codec<Have> => {
    if (_codec == null) {
      _codec = message<Have>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.pack != null && obj.pack.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.pack)
        }

        if ((obj.bitfield != null && obj.bitfield.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.bitfield)
        }

        if ((obj.offer != null && obj.offer !== false)) {
          w.uint32(24)
          w.bool(obj.offer)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          pack: uint8ArrayAlloc(0),
          bitfield: uint8ArrayAlloc(0),
          offer: false
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.pack = reader.bytes()
              break
            }
            case 2: {
              obj.bitfield = reader.bytes()
              break
            }
            case 3: {
              obj.offer = reader.bool()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.pack`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.bitfield`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.offer`,
                value: reader.bool()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface HavePackFieldEvent {
    field: '$.pack'
    value: Uint8Array<ArrayBuffer>
  }

  export interface HaveBitfieldFieldEvent {
    field: '$.bitfield'
    value: Uint8Array<ArrayBuffer>
  }

  export interface HaveOfferFieldEvent {
    field: '$.offer'
    value: boolean
  }

  export function encode (obj: Partial<Have>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Have.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Have>): Have {
    return decodeMessage(buf, Have.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Have>): Generator<HavePackFieldEvent | HaveBitfieldFieldEvent | HaveOfferFieldEvent> {
    return streamMessage(buf, Have.codec(), opts)
  }
}

export interface Holders {
  holders: Holder[]
}

export namespace Holders {
  let _codec: Codec<Holders>

  export const codec = (): Codec<Holders> => {
    if (_codec == null) {
      _codec = message<Holders>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.holders != null && obj.holders.length > 0) {
          for (const value of obj.holders) {
            w.uint32(10)
            Holder.codec().encode(value, w)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          holders: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.holders != null && obj.holders.length === opts.limits.holders) {
                throw new MaxLengthError('Decode error - repeated field "holders" had too many elements')
              }

              if (obj.holders.length === 16) {
                throw new MaxLengthError('Decode error - repeated field "holders" had too many elements')
              }

              obj.holders.push(Holder.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.holders$
              }))
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          holders: 16
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.holders != null && obj.holders === opts.limits.holders) {
                throw new MaxLengthError('Streaming decode error - repeated field "holders" had too many elements')
              }

              if (obj.holders === 16) {
                throw new MaxLengthError('Streaming decode error - repeated field "holders" had too many elements')
              }

              for (const evt of Holder.codec().stream(reader, reader.uint32(), `${prefix}.holders[]`, {
                limits: opts.limits?.holders$
              })) {
                yield {
                  ...evt,
                  index: obj.holders
                }
              }

              obj.holders++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface HoldersHoldersKeyFieldEvent {
    field: '$.holders[].key'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface HoldersHoldersCompleteFieldEvent {
    field: '$.holders[].complete'
    value: boolean
    index: number
  }

  export function encode (obj: Partial<Holders>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Holders.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Holders>): Holders {
    return decodeMessage(buf, Holders.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Holders>): Generator<HoldersHoldersKeyFieldEvent | HoldersHoldersCompleteFieldEvent> {
    return streamMessage(buf, Holders.codec(), opts)
  }
}

export interface Credit {
  bytes: number
  urgent: number
}

export namespace Credit {
  let _codec: Codec<Credit>

  export const codec = (): Codec<Credit> => {
    if (_codec == null) {
      _codec = message<Credit>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.bytes != null && obj.bytes !== 0)) {
          w.uint32(8)
          w.uint64Number(obj.bytes)
        }

        if ((obj.urgent != null && obj.urgent !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.urgent)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          bytes: 0,
          urgent: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.bytes = reader.uint64Number()
              break
            }
            case 2: {
              obj.urgent = reader.uint64Number()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.bytes`,
                value: reader.uint64Number()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.urgent`,
                value: reader.uint64Number()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface CreditBytesFieldEvent {
    field: '$.bytes'
    value: number
  }

  export interface CreditUrgentFieldEvent {
    field: '$.urgent'
    value: number
  }

  export function encode (obj: Partial<Credit>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Credit.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Credit>): Credit {
    return decodeMessage(buf, Credit.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Credit>): Generator<CreditBytesFieldEvent | CreditUrgentFieldEvent> {
    return streamMessage(buf, Credit.codec(), opts)
  }
}

export interface Cancel {
  id: number
}

export namespace Cancel {
  let _codec: Codec<Cancel>

  export const codec = (): Codec<Cancel> => {
    if (_codec == null) {
      _codec = message<Cancel>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface CancelIdFieldEvent {
    field: '$.id'
    value: number
  }

  export function encode (obj: Partial<Cancel>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Cancel.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Cancel>): Cancel {
    return decodeMessage(buf, Cancel.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Cancel>): Generator<CancelIdFieldEvent> {
    return streamMessage(buf, Cancel.codec(), opts)
  }
}

export interface Failure {
  id: number
  status: Status
  retryAfter: number
}

export namespace Failure {
  let _codec: Codec<Failure>

  export const codec = (): Codec<Failure> => {
    if (_codec == null) {
      _codec = message<Failure>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if (obj.status != null && __StatusValues[obj.status] !== 0) {
          w.uint32(16)
          Status.codec().encode(obj.status, w)
        }

        if ((obj.retryAfter != null && obj.retryAfter !== 0)) {
          w.uint32(24)
          w.uint32(obj.retryAfter)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0,
          status: Status.OK,
          retryAfter: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            case 2: {
              obj.status = Status.codec().decode(reader)
              break
            }
            case 3: {
              obj.retryAfter = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.status`,
                value: Status.codec().decode(reader)
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.retryAfter`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface FailureIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface FailureStatusFieldEvent {
    field: '$.status'
    value: Status
  }

  export interface FailureRetryAfterFieldEvent {
    field: '$.retryAfter'
    value: number
  }

  export function encode (obj: Partial<Failure>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Failure.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Failure>): Failure {
    return decodeMessage(buf, Failure.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Failure>): Generator<FailureIdFieldEvent | FailureStatusFieldEvent | FailureRetryAfterFieldEvent> {
    return streamMessage(buf, Failure.codec(), opts)
  }
}

export interface Announce {
  header: Uint8Array<ArrayBuffer>
  changes?: Uint8Array<ArrayBuffer>
  pack?: Uint8Array<ArrayBuffer>
}

export namespace Announce {
  let _codec: Codec<Announce>

  export const codec = (): Codec<Announce> => {
    if (_codec == null) {
      _codec = message<Announce>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.header != null && obj.header.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.header)
        }

        if (obj.changes != null) {
          w.uint32(18)
          w.bytes(obj.changes)
        }

        if (obj.pack != null) {
          w.uint32(26)
          w.bytes(obj.pack)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          header: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.header = reader.bytes()
              break
            }
            case 2: {
              obj.changes = reader.bytes()
              break
            }
            case 3: {
              obj.pack = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.header`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.changes`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.pack`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface AnnounceHeaderFieldEvent {
    field: '$.header'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AnnounceChangesFieldEvent {
    field: '$.changes'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AnnouncePackFieldEvent {
    field: '$.pack'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Announce>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Announce.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Announce>): Announce {
    return decodeMessage(buf, Announce.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Announce>): Generator<AnnounceHeaderFieldEvent | AnnounceChangesFieldEvent | AnnouncePackFieldEvent> {
    return streamMessage(buf, Announce.codec(), opts)
  }
}

export interface Objects {
  id: number
  objects: number
  bytes: number
}

export namespace Objects {
  let _codec: Codec<Objects>

  export const codec = (): Codec<Objects> => {
    if (_codec == null) {
      _codec = message<Objects>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if ((obj.objects != null && obj.objects !== 0)) {
          w.uint32(16)
          w.uint32(obj.objects)
        }

        if ((obj.bytes != null && obj.bytes !== 0)) {
          w.uint32(24)
          w.uint64Number(obj.bytes)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0,
          objects: 0,
          bytes: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            case 2: {
              obj.objects = reader.uint32()
              break
            }
            case 3: {
              obj.bytes = reader.uint64Number()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.objects`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.bytes`,
                value: reader.uint64Number()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ObjectsIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface ObjectsObjectsFieldEvent {
    field: '$.objects'
    value: number
  }

  export interface ObjectsBytesFieldEvent {
    field: '$.bytes'
    value: number
  }

  export function encode (obj: Partial<Objects>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Objects.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Objects>): Objects {
    return decodeMessage(buf, Objects.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Objects>): Generator<ObjectsIdFieldEvent | ObjectsObjectsFieldEvent | ObjectsBytesFieldEvent> {
    return streamMessage(buf, Objects.codec(), opts)
  }
}

export interface ObjectsPart {
  id: number
  bytes: Uint8Array<ArrayBuffer>
}

export namespace ObjectsPart {
  let _codec: Codec<ObjectsPart>

  export const codec = (): Codec<ObjectsPart> => {
    if (_codec == null) {
      _codec = message<ObjectsPart>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if ((obj.bytes != null && obj.bytes.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.bytes)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0,
          bytes: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            case 2: {
              obj.bytes = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.bytes`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ObjectsPartIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface ObjectsPartBytesFieldEvent {
    field: '$.bytes'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<ObjectsPart>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, ObjectsPart.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ObjectsPart>): ObjectsPart {
    return decodeMessage(buf, ObjectsPart.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ObjectsPart>): Generator<ObjectsPartIdFieldEvent | ObjectsPartBytesFieldEvent> {
    return streamMessage(buf, ObjectsPart.codec(), opts)
  }
}

export interface Chunk {
  id: number
  chunk: number
  offset: number
  bytes: Uint8Array<ArrayBuffer>
}

export namespace Chunk {
  let _codec: Codec<Chunk>

  export const codec = (): Codec<Chunk> => {
    if (_codec == null) {
      _codec = message<Chunk>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if ((obj.chunk != null && obj.chunk !== 0)) {
          w.uint32(16)
          w.uint32(obj.chunk)
        }

        if ((obj.offset != null && obj.offset !== 0)) {
          w.uint32(24)
          w.uint32(obj.offset)
        }

        if ((obj.bytes != null && obj.bytes.byteLength > 0)) {
          w.uint32(34)
          w.bytes(obj.bytes)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0,
          chunk: 0,
          offset: 0,
          bytes: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            case 2: {
              obj.chunk = reader.uint32()
              break
            }
            case 3: {
              obj.offset = reader.uint32()
              break
            }
            case 4: {
              obj.bytes = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.chunk`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.offset`,
                value: reader.uint32()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.bytes`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ChunkIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface ChunkChunkFieldEvent {
    field: '$.chunk'
    value: number
  }

  export interface ChunkOffsetFieldEvent {
    field: '$.offset'
    value: number
  }

  export interface ChunkBytesFieldEvent {
    field: '$.bytes'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Chunk>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Chunk.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Chunk>): Chunk {
    return decodeMessage(buf, Chunk.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Chunk>): Generator<ChunkIdFieldEvent | ChunkChunkFieldEvent | ChunkOffsetFieldEvent | ChunkBytesFieldEvent> {
    return streamMessage(buf, Chunk.codec(), opts)
  }
}

export interface End {
  id: number
  status: Status
}

export namespace End {
  let _codec: Codec<End>

  export const codec = (): Codec<End> => {
    if (_codec == null) {
      _codec = message<End>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if (obj.status != null && __StatusValues[obj.status] !== 0) {
          w.uint32(16)
          Status.codec().encode(obj.status, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0,
          status: Status.OK
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            case 2: {
              obj.status = Status.codec().decode(reader)
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.status`,
                value: Status.codec().decode(reader)
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface EndIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface EndStatusFieldEvent {
    field: '$.status'
    value: Status
  }

  export function encode (obj: Partial<End>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, End.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<End>): End {
    return decodeMessage(buf, End.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<End>): Generator<EndIdFieldEvent | EndStatusFieldEvent> {
    return streamMessage(buf, End.codec(), opts)
  }
}
