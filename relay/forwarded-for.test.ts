import { describe, expect, it } from 'vitest'
import { TrustedProxies } from './forwarded-for.ts'

describe('TrustedProxies', () => {
  it('trusts nobody unless told', () => {
    expect(new TrustedProxies().client('127.0.0.1', '1.2.3.4')).toBe('127.0.0.1')
  })

  it.each([
    ['10.0.0.1', '1.2.3.4', '1.2.3.4'],
    ['10.0.0.1', 'made-up, 1.2.3.4, 10.9.9.9', '1.2.3.4'],
    ['10.0.0.1', '9.9.9.9, made-up', '10.0.0.1'],
    ['10.0.0.1', undefined, '10.0.0.1'],
    ['10.0.0.1', '', '10.0.0.1'],
    ['::ffff:10.0.0.1', '::ffff:1.2.3.4', '1.2.3.4'],
    ['fd00::1', '[2001:db8::7]:443', '2001:db8::7'],
    ['10.0.0.1', '1.2.3.4:5678', '1.2.3.4'],
    ['8.8.8.8', '1.2.3.4', '8.8.8.8'],
  ])('of %s with "%s" the client is %s', (socket, header, client) => {
    expect(new TrustedProxies(['10.0.0.0/8', 'fd00::1']).client(socket, header)).toBe(client)
  })

  it.each(['localhost', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '', '::/129', '1.2.3.4/-1'])(
    'refuses "%s"',
    (entry) => {
      expect(() => new TrustedProxies([entry])).toThrow(RangeError)
    },
  )
})
