import type { Person } from '../../../src/git/index.ts'

/**
 * Who a commit made in the page is by. The address is the identity's key under a domain that can never be one
 * (RFC 2606, `invalid`): it identifies, and mail to it goes nowhere.
 */
export function authorOf(identity: { id: string; name: string }, at: Date): Person {
  return {
    // git's own delimiters cannot stand in a name.
    name: identity.name.replace(/[<>\n\0]/g, '').trim() || 'Somebody',
    email: `${identity.id.slice(0, 16)}@guts.invalid`,
    time: Math.floor(at.getTime() / 1000),
    offset: -at.getTimezoneOffset(),
  }
}
