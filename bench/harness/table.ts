import { rounded } from './figures.ts'

/** One line of a report: what it is, the figure, and what it is measured against. */
export interface Row {
  name: string
  value: number | string | null
  unit?: string
  /** The aim for it: at most, or at least. */
  atMost?: number
  atLeast?: number
}

/** The rows as text, figures aligned, with the aims beside those that have one. */
export function formatTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => [row.name, figure(row), aim(row)] as const)
  const widths = [0, 1].map((column) => Math.max(0, ...cells.map((row) => [...(row[column] ?? '')].length)))
  const pad = (text: string, column: number): string =>
    ' '.repeat(Math.max(0, (widths[column] ?? 0) - [...text].length))
  return cells
    .map(([name, value, note]) => `  ${name}${pad(name, 0)}  ${pad(value, 1)}${value}  ${note}`.trimEnd())
    .join('\n')
}

function figure({ value, unit }: Row): string {
  if (value === null) return 'not to be had'
  const text = typeof value === 'number' && !Number.isInteger(value) ? String(rounded(value)) : String(value)
  return unit === undefined ? text : `${text} ${unit}`
}

function aim({ value, atMost, atLeast }: Row): string {
  const words = [
    ...(atMost === undefined ? [] : [`aim: at most ${rounded(atMost)}`]),
    ...(atLeast === undefined ? [] : [`aim: at least ${rounded(atLeast)}`]),
  ].join(', ')
  if (words === '' || typeof value !== 'number') return words
  const reached = value <= (atMost ?? Infinity) && value >= (atLeast ?? -Infinity)
  return `${words}${reached ? '' : ' (not reached)'}`
}
