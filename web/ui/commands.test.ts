import { expect, it } from 'vitest'
import { splitCommands } from './commands.ts'

it('tells commands from words and names', () => {
  expect(splitCommands('Run “git fsck” there, then “npm start -- --share x”.')).toEqual([
    { text: 'Run ', command: false },
    { text: 'git fsck', command: true },
    { text: ' there, then ', command: false },
    { text: 'npm start -- --share x', command: true },
    { text: '.', command: false },
  ])
  expect(splitCommands('There is no “a b” here.')).toEqual([{ text: 'There is no “a b” here.', command: false }])
  expect(splitCommands('')).toEqual([])
})
