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
          ? [`${name} ${values}`]
          : [...values].map(([key, value]) => `${name}{${label}="${key.replace(/["\\\n]/g, '_')}"} ${value}`)
      return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...rows, ''].join('\n')
    })
    .join('')
}
