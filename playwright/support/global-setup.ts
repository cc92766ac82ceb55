import { existsSync } from 'node:fs'

/** The browser tests drive what a user would run: the built app and the built relay. */
export default function globalSetup(): void {
  for (const file of ['dist/web/index.html', 'dist/relay/main.js']) {
    if (!existsSync(file)) throw new Error(`${file} is missing. Run \`npm run build\` first (\`npm test\` does).`)
  }
}
