/** One number at one moment, in Prometheus' terms. */
export interface Metric {
  name: string
  help: string
  type: 'counter' | 'gauge'
  /** By its label, or one without. */
  values: number | Map<string, number>
  /** Name of the label of `values`. */
  label?: string
}

/** Prometheus' text format, version 0.0.4. */
export function formatMetrics(metrics: Metric[]): string {
  return metrics
    .map(({ name, help, type, values, label = 'kind' }) => {
      const rows =
        typeof values === 'number'
          ? [`${name} ${numberOf(values)}`]
          : [...values].map(([key, value]) => `${name}{${label}="${escapeLabel(key)}"} ${numberOf(value)}`)
      return [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`, ...rows, ''].join('\n')
    })
    .join('')
}

function numberOf(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"')
}
