import { formatLink } from '../../src/sync/index.ts'
import type { RepositoryLink } from '../../src/sync/index.ts'
import { renderUnicodeCompact } from 'uqr'

export interface SharedTexts {
  name: string
  link: RepositoryLink
  code: string
  /** Where others open the app; null: this machine alone. */
  publicUrl: URL | null
  localUrl: URL
}

/** What the terminal says of a shared repository. */
export function describeShare({ name, link, code, publicUrl, localUrl }: SharedTexts): string {
  const shared = formatLink((publicUrl ?? localUrl).origin, link)
  const own = `${formatLink(localUrl.origin, link)}?claim=${code}`
  const reach =
    publicUrl === null
      ? [
          'This link works only on this computer. For a phone or a friend, make this port reachable by https (a TLS proxy',
          'or a tunnel, or --tls-cert and --tls-key) and say where: --public-url https://…',
        ]
      : ['Anyone with this link can read the repository, for as long as a device that has it is online.']
  return [
    '',
    `Shared: ${name}`,
    '',
    `  ${shared}`,
    '',
    indent(renderUnicodeCompact(shared)),
    '',
    ...reach,
    '',
    'To be a maintainer, open this on this computer (the first browser that does becomes one):',
    '',
    `  ${own}`,
    '',
  ].join('\n')
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
}
