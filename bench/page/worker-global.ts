import { Buffer } from 'buffer/'

// What isomorphic-git and lightning-fs take from Node and a worker lacks. Imported before them.
Object.assign(globalThis, { global: globalThis, Buffer })
