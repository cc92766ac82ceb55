/** A meter: given bytes done and the time (ms), answers bytes a second over the last `window` milliseconds. */
export function speedOf(window = 3000): (bytes: number, now: number) => number {
  let samples: Array<{ bytes: number; at: number }> = []
  return (bytes, now) => {
    samples = [...samples.filter((sample) => now - sample.at <= window), { bytes, at: now }]
    const first = samples[0]
    if (first === undefined || now === first.at) return 0
    return Math.max(0, ((bytes - first.bytes) * 1000) / (now - first.at))
  }
}
