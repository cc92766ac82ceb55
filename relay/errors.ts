/** An option that cannot be what was meant; the message names it. */
export class OptionError extends Error {
  static override readonly name = 'OptionError'
  override readonly name = 'OptionError'
  readonly option: string
  constructor(option: string, problem: string) {
    super(`${option}: ${problem}\nSee npm start -- --help.`)
    this.option = option
  }
}

/** The port is taken, or may not be opened. */
export class PortError extends Error {
  static override readonly name = 'PortError'
  override readonly name = 'PortError'
  readonly port: number
  readonly option: string
  constructor(option: string, host: string, port: number, code: string | undefined) {
    const why =
      code === 'EADDRINUSE'
        ? `Port ${port} is taken by another program`
        : code === 'EACCES'
          ? `This user may not open port ${port}`
          : code === 'EADDRNOTAVAIL'
            ? `This machine has no address ${host}`
            : `Port ${port} on ${host} cannot be opened (${code ?? 'unknown'})`
    const remedy =
      code === 'EADDRNOTAVAIL'
        ? `Give another address: ${option === '--port' ? '--host 127.0.0.1' : `${option} 0.0.0.0:${port}`}`
        : `Stop it, or choose another: npm start -- ${option === '--port' ? `--port ${port + 1}` : `${option} ${host}:${port + 1}`}`
    super(`${why}. ${remedy}`)
    this.port = port
    this.option = option
  }
}
