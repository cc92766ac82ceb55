const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const

/** Bytes as a person reads them, in powers of a thousand: `0 B`, `940 KB`, `1.8 MB`, `18 MB`. */
export function formatBytes(bytes: number): string {
  const { value, unit } = scale(bytes)
  return `${value} ${unit}`
}

/** `3 of 18 MB`, `940 KB of 18 MB`; only what is done where the total is unknown. */
export function formatBytesOf(done: number, total: number | null | undefined): string {
  if (total == null) return formatBytes(done)
  const [a, b] = [scale(Math.min(done, total)), scale(total)]
  return a.unit === b.unit || done === 0
    ? `${a.value} of ${b.value} ${b.unit}`
    : `${a.value} ${a.unit} of ${b.value} ${b.unit}`
}

/** Bytes a second: `2.4 MB/s`. */
export function formatSpeed(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`
}

function scale(bytes: number): { value: string; unit: string } {
  let value = Math.max(0, Number.isFinite(bytes) ? bytes : 0)
  let unit = 0
  // 999.5 would be written "1000": it belongs to the next unit already.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit === 0 || value >= 9.95 ? 0 : 1
  return { value: value.toFixed(digits).replace(/\.0$/, ''), unit: UNITS[unit] ?? 'TB' }
}

/** `1 file`, `5,000 files`. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

/** Time of day, `14:02`; with the date before it where that is not today. `at` and `now` in Unix milliseconds. */
export function formatClock(at: number, now = Date.now()): string {
  const date = new Date(at)
  const clock = `${pad(date.getHours())}:${pad(date.getMinutes())}`
  return isSameDay(date, new Date(now)) ? clock : `${formatDate(at)} ${clock}`
}

/** `23 Nov 2026`. */
export function formatDate(at: number): string {
  return new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
}

const STEPS: Array<[limit: number, unit: Intl.RelativeTimeFormatUnit, milliseconds: number]> = [
  [45 * 60_000, 'minute', 60_000],
  [22 * 3_600_000, 'hour', 3_600_000],
  [26 * 86_400_000, 'day', 86_400_000],
  [320 * 86_400_000, 'month', 30.44 * 86_400_000],
  [Infinity, 'year', 365.25 * 86_400_000],
]

/** `just now`, `5 minutes ago`, `yesterday`, `3 months ago`. `at` and `now` in Unix milliseconds. */
export function formatAgo(at: number, now: number): string {
  const past = now - at
  if (Math.abs(past) < 45_000) return 'just now'
  const [, unit, size] = STEPS.find(([limit]) => Math.abs(past) < limit) ?? STEPS[0]!
  const rounded = Math.round(past / size)
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(rounded === 0 ? -1 : -rounded, unit)
}

/** An identity's public key (base64url) as people compare it: its first 96 bits in four groups. */
export function formatFingerprint(identity: string): string {
  return (identity.slice(0, 16).match(/.{1,4}/g) ?? []).join(' ')
}

/** `Ana`, `Ana and Bo`, `Ana, Bo and Cleo`. */
export function formatNames(names: string[]): string {
  return new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(names)
}

/** `Ana's`, `Thomas'`. */
export function formatOwner(name: string): string {
  return /s$/i.test(name) ? `${name}'` : `${name}'s`
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}

function isSameDay(a: Date, b: Date): boolean {
  return a.toDateString() === b.toDateString()
}
