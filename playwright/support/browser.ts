import { existsSync } from 'node:fs'

import type { LaunchOptions } from '@playwright/test'

const SYSTEM_BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** How tests start Chromium: the one that `CHROMIUM_PATH` names, else the system's, else Playwright's own. */
export function launchOptions(extra: string[] = []): LaunchOptions {
  const executablePath = process.env.CHROMIUM_PATH ?? SYSTEM_BROWSERS.find((path) => existsSync(path))
  return {
    ...(executablePath === undefined ? {} : { executablePath }),
    // Nothing but the pages themselves may talk: no update checks, no QUIC probes, no sync.
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Loopback candidates by address: mDNS names need a responder that a test machine may lack.
      '--disable-features=WebRtcHideLocalIpsWithMdns',
      ...extra,
    ],
  }
}
