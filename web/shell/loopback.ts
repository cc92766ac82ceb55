/** True where `hostname` (as `location.hostname` writes it) is this computer and nothing else. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d+){3}$/.test(hostname)
  )
}

/** What a link begins with: where the app is now, unless only this computer can open that and there is a public place. */
export function linkBase(base: string, publicUrl: string | null): string {
  return publicUrl !== null && isLoopback(new URL(base).hostname) ? publicUrl : base
}
