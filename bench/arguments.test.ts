import { describe, expect, it } from 'vitest'
import { ArgumentError, parseArguments } from './arguments.ts'

const SCENARIOS = ['clone', 'index']
const parse = (...args: string[]) => parseArguments(args, SCENARIOS)

describe('the arguments of a benchmark', () => {
  it('have defaults', () => {
    expect(parse('clone', '--repo', '/a')).toEqual({
      scenario: 'clone',
      repo: '/a',
      runs: 5,
      rtt: 0,
      loss: 0,
      tabs: 8,
      seeders: 4,
      peers: 30,
      json: null,
      profile: null,
    })
  })

  it('are taken in any order', () => {
    const found = parse('--runs', '3', '--rtt', '50', '--loss=0.5', 'index', '--repo=/a b', '--json', 'out.json')
    expect(found).toMatchObject({ scenario: 'index', repo: '/a b', runs: 3, rtt: 50, loss: 0.5, json: 'out.json' })
  })

  it('give help', () => {
    expect(parse('--help')).toBeNull()
    expect(parse('clone', '-h')).toBeNull()
  })

  it.each([
    ['no scenario', [], /Name a scenario. Scenarios: clone, index/],
    ['an unknown one', ['cloen'], /no scenario "cloen"/],
    ['two', ['clone', 'index'], /"index" is too much/],
    ['an unknown option', ['clone', '--fast'], /--fast/],
    ['an option without its value', ['clone', '--runs'], /--runs/],
    ['no runs', ['clone', '--runs', '0'], /--runs is a whole number from 1/],
    ['half a run', ['clone', '--runs', '1.5'], /--runs/],
    ['runs in words', ['clone', '--runs', 'many'], /"many"/],
    ['too many runs', ['clone', '--runs', '1001'], /1000/],
    ['a negative round trip', ['clone', '--rtt=-1'], /--rtt/],
    ['a round trip that nobody has', ['clone', '--rtt', '10001'], /10000/],
    ['an empty number', ['clone', '--rtt', ''], /--rtt/],
    ['a link that loses most', ['clone', '--loss', '50.1'], /50/],
    ['too many tabs', ['clone', '--tabs', '65'], /--tabs/],
    ['one peer, which has nobody to hear it', ['clone', '--peers', '1'], /from 2/],
    ['one seeder, which compares with itself', ['clone', '--seeders', '1'], /from 2/],
  ])('refuse %s', (_, args, message) => {
    expect(() => parse(...args)).toThrow(ArgumentError)
    expect(() => parse(...args)).toThrow(message)
  })
})
