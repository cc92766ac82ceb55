export interface TextPart {
  text: string
  /** Something to type into a terminal. */
  command: boolean
}

/** “git fsck” in quotes is a command; other quoted things are names, and keep their quotes. */
const COMMAND = /“((?:git|npm) [^”]+)”/g

export function splitCommands(text: string): TextPart[] {
  return text
    .split(COMMAND)
    .map((part, n) => ({ text: part, command: n % 2 === 1 }))
    .filter(({ text: part }) => part !== '')
}
