import { describe, expect, it } from 'vitest'
import { describeError } from './describe-error.ts'

function named(name: string, message = 'what happened') {
  return Object.assign(new Error(message), { name })
}

describe('describeError', () => {
  it('lets our own errors speak for themselves', () => {
    expect(describeError(named('NotABundleError', 'This is no bundle.'))).toEqual({
      title: 'That did not work',
      message: 'This is no bundle.',
    })
  })

  it('offers room where the browser is full, whoever says so', () => {
    for (const name of ['QuotaError', 'QuotaExceededError']) {
      expect(describeError(named(name))).toMatchObject({ title: 'This browser is full', link: { href: '#/settings' } })
    }
  })

  it('keeps the stack of what is our fault', () => {
    const words = describeError(new TypeError('x is undefined'))
    expect(words.detail).toContain('describe-error.test')
    expect(words.advice).toMatch(/Reload/)
  })

  it('takes an error by its shape, as a worker sends it, and anything else that was thrown', () => {
    expect(describeError({ name: 'PackError', message: 'cut short' })).toMatchObject({ message: 'cut short' })
    expect(describeError('why')).toMatchObject({ message: 'why' })
    expect(describeError(undefined)).toMatchObject({ message: 'undefined' })
  })
})
