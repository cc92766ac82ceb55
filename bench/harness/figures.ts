/** The middle of `values`, of two in the middle their mean; null where there is none. */
export function median(values: readonly number[]): number | null {
  return percentile(values, 50)
}

/** The value that `percent` of the others are below, between two neighbours in proportion; null where there is none. */
export function percentile(values: readonly number[], percent: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const place = ((sorted.length - 1) * percent) / 100
  const below = sorted[Math.floor(place)]
  const above = sorted[Math.ceil(place)]
  if (below === undefined || above === undefined) return null
  return below + (above - below) * (place - Math.floor(place))
}

/** `a` ÷ `b`; null where either is not known, or there is nothing to compare with. */
export function ratio(a: number | null | undefined, b: number | null | undefined): number | null {
  return a == null || b == null || b === 0 ? null : a / b
}

/** By what part of `whole` one figure is above another: below 0 where it is below. Null where one of them is not known. */
export function excess(a: number | null, b: number | null, whole: number): number | null {
  return a === null || b === null ? null : ratio(a - b, whole)
}

/** With four significant digits, which is more than any of these figures has. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4))
}

/** Figures as they are written: nested by name, each a number, a word, or null where it could not be had. */
export interface Figures {
  [name: string]: Figures | number | string | boolean | null | Array<Figures | number | string | null>
}

/** The same with every number `rounded`. */
export function roundedAll(figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, roundedValue(value)]))
}

function roundedValue(value: Figures[string]): Figures[string] {
  if (typeof value === 'number') return Number.isInteger(value) ? value : rounded(value)
  if (Array.isArray(value)) return value.map((item) => roundedValue(item) as Figures | number | string | null)
  return typeof value === 'object' && value !== null ? roundedAll(value) : value
}
