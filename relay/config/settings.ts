/**
 * `text`: one value. `list`: several; on the command line repeated. `switch`: on where it is named.
 */
export type SettingKind = 'text' | 'list' | 'switch'

export interface Setting {
  kind: SettingKind
  /** What stands for the value in the help. */
  value?: string
  help: string
  /** Its value in the environment or the file only: what is on a command line, every user of the machine can read. */
  secret?: true
  /** In the environment paths are parted as the system parts them; other lists by commas or spaces. */
  paths?: true
}

export interface SettingGroup {
  title: string
  settings: Record<string, Setting>
}

/** Everything that can be set, in the order of the help. A name is the key in the configuration file. */
export const GROUPS = [
  {
    title: 'Where it is',
    settings: {
      port: { kind: 'text', value: 'PORT', help: 'port of the app and the WebSocket (8080)' },
      host: { kind: 'text', value: 'ADDRESS', help: 'address to listen on (127.0.0.1; 0.0.0.0 with --public-url)' },
      publicUrl: {
        kind: 'text',
        value: 'URL',
        help:
          'where others reach this port, such as https://code.example.org ' +
          '(behind a TLS proxy or tunnel, or with --tls-cert and --tls-key)',
      },
      tlsCert: {
        kind: 'text',
        value: 'FILE',
        help: 'certificate chain (PEM); the port then speaks TLS itself, and SIGHUP reads the files again',
      },
      tlsKey: { kind: 'text', value: 'FILE', help: 'its private key (PEM)' },
      trustProxy: {
        kind: 'list',
        value: 'RANGE',
        help: 'believe X-Forwarded-For from this address or range, such as 10.0.0.0/8',
      },
    },
  },
  {
    title: 'The network',
    settings: {
      listen: {
        kind: 'text',
        value: 'ADDR:PORT',
        help: 'listen for other relays by TCP (0.0.0.0:9000, on with --public-url; none: closed)',
      },
      bootstrap: {
        kind: 'list',
        value: 'MULTIADDR',
        help: 'another relay, with /p2p/<PeerId> at the end; relays that name each other are one network',
      },
      iceServer: {
        kind: 'list',
        value: 'URL',
        help: 'STUN or TURN server for the browsers, such as stun:example.org:3478 or turn:user:password@host:3478',
      },
      turn: {
        kind: 'list',
        value: 'URL',
        help: 'TURN server that takes credentials which end (coturn with use-auth-secret), such as turn:example.org:3478',
      },
      turnSecret: { kind: 'text', secret: true, help: 'the secret itself' },
      turnSecretFile: { kind: 'text', value: 'FILE', help: 'file with the secret that it shares with the relay' },
      turnTtl: { kind: 'text', value: 'SECONDS', help: 'how long a page’s TURN credentials are good (86400)' },
      keyFile: {
        kind: 'text',
        value: 'FILE',
        help: 'the relay’s own key, made where there is none (keys/peer-key/000 in the data directory)',
      },
      connectionTimeout: {
        kind: 'text',
        value: 'SECONDS',
        help: 'how long connecting to another relay may take (10)',
      },
      keepalive: { kind: 'text', value: 'SECONDS', help: 'how often a quiet connection is pinged (30)' },
    },
  },
  {
    title: 'Limits',
    settings: {
      maxConnections: {
        kind: 'text',
        value: 'N',
        help: 'libp2p connections in all (4000); one address gets half of them',
      },
      maxReservations: {
        kind: 'text',
        value: 'N',
        help: 'browsers that others reach through this relay (2000); one address gets half of them',
      },
      drain: {
        kind: 'text',
        value: 'SECONDS',
        help: 'how long a stopping relay lets end what is under way (10 with --public-url, else 0)',
      },
    },
  },
  {
    title: 'Git servers',
    settings: {
      gitProxy: {
        kind: 'switch',
        help: 'fetch from git servers for pages that are opened elsewhere too; for those on this computer it is on',
      },
      gitProxyHosts: {
        kind: 'text',
        value: 'H,H',
        help: 'the servers (github.com,gitlab.com,codeberg.org; none: nothing is fetched)',
      },
      gitProxyMax: { kind: 'text', value: 'MIB', help: 'largest answer that is passed on (2048)' },
    },
  },
  {
    title: 'What it keeps and says',
    settings: {
      share: { kind: 'list', value: 'PATH', paths: true, help: 'serve this git repository too and follow it' },
      data: {
        kind: 'text',
        value: 'DIR',
        help: 'where keys and shared repositories are kept (~/.local/share/guts)',
      },
      peerId: { kind: 'switch', help: 'print the PeerId by which other relays name this one, and end' },
      logLevel: { kind: 'text', value: 'LEVEL', help: 'error, warn, info or debug (info)' },
      logFormat: { kind: 'text', value: 'FORMAT', help: 'text, or json: one object a line (text)' },
    },
  },
] as const satisfies readonly SettingGroup[]

type Names<G> = G extends { settings: infer S } ? keyof S : never
export type SettingName = Names<(typeof GROUPS)[number]>

export const SETTINGS = Object.fromEntries(
  GROUPS.flatMap(({ settings }) => Object.entries(settings)),
) as unknown as Record<SettingName, Setting>

export const NAMES = Object.keys(SETTINGS) as SettingName[]

/** `publicUrl` → `public-url`. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** `publicUrl` → `GUTS_PUBLIC_URL`. */
export function variableOf(name: string): string {
  return `GUTS_${flagOf(name).replaceAll('-', '_').toUpperCase()}`
}
