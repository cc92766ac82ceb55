import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { TlsConfig } from './config/config.ts'

/** The certificate and its key cannot be used. */
export class CertificateError extends Error {
  static override readonly name = 'CertificateError'
  override readonly name = 'CertificateError'
  readonly certFile: string
  readonly keyFile: string
  constructor({ certFile, keyFile }: Pick<TlsConfig, 'certFile' | 'keyFile'>, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`${certFile} and ${keyFile} cannot be used: ${why}. A chain and its own key are needed, both in PEM form.`, {
      cause,
    })
    this.certFile = certFile
    this.keyFile = keyFile
  }
}

/** Throws `CertificateError` where the texts are no certificate and key, or not of each other. */
export function checkTls(tls: TlsConfig): void {
  try {
    createSecureContext({ cert: tls.cert, key: tls.key })
  } catch (error) {
    throw new CertificateError(tls, error)
  }
}

/** What the files hold now: a certificate is renewed every few weeks. Throws `CertificateError`. */
export function readTls({ certFile, keyFile }: Pick<TlsConfig, 'certFile' | 'keyFile'>): TlsConfig {
  let tls: TlsConfig
  try {
    tls = { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
  } catch (error) {
    throw new CertificateError({ certFile, keyFile }, error)
  }
  checkTls(tls)
  return tls
}
