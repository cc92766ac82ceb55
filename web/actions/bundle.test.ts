import { describe, expect, it } from 'vitest'
import { bundleName, makeBundle } from './bundle.ts'

function store(parts: string[]) {
  const closed: string[] = []
  const left = parts.map((part) => new TextEncoder().encode(part))
  return {
    closed,
    openBundle: async () => ({ reader: 'r', objects: 1, bytes: null }),
    readPack: async () => left.shift() ?? null,
    closeReader: async (reader: string) => void closed.push(reader),
  }
}

describe('makeBundle', () => {
  it('joins the parts and closes the reader', async () => {
    const source = store(['# v2 ', 'git bundle'])
    const seen: number[] = []
    const options = { signal: new AbortController().signal, onProgress: (bytes: number) => void seen.push(bytes) }
    expect(await (await makeBundle(source, 't', options)).text()).toBe('# v2 git bundle')
    expect(seen).toEqual([5, 15])
    expect(source.closed).toEqual(['r'])
  })

  it('closes the reader when it is cancelled', async () => {
    const source = store(['a', 'b'])
    const abort = new AbortController()
    const options = { signal: abort.signal, onProgress: () => abort.abort(new Error('stop')) }
    await expect(makeBundle(source, 't', options)).rejects.toThrow('stop')
    expect(source.closed).toEqual(['r'])
  })
})

describe('bundleName', () => {
  it.each([
    ['My project', 'My-project.bundle'],
    ['../../etc/passwd', 'etc-passwd.bundle'],
    ['.hidden', 'hidden.bundle'],
    ['日本', '日本.bundle'],
    ['///', 'repository.bundle'],
    ['x'.repeat(200), `${'x'.repeat(80)}.bundle`],
  ])('%s → %s', (name, file) => expect(bundleName(name)).toBe(file))
})
