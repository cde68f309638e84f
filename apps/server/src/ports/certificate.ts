import { connect } from 'node:tls'

/** What a TLS server shows of itself: until when it may be trusted, or why not. Undefined: none was shown. */
export type Certificate =
  | { readonly problem: string }
  | { readonly problem?: undefined; readonly endsAtMs: number }
  | undefined

export type ReadCertificate = (host: string, port: number) => Promise<Certificate>

const TIMEOUT_MS = 10_000

/** Shakes hands with a TLS server and looks at its certificate chain, without sending anything. */
export const readCertificate: ReadCertificate = async (host, port) =>
  await new Promise((resolve) => {
    const socket = connect({ host, port, servername: host, rejectUnauthorized: false }, () => {
      const { valid_to: end } = socket.getPeerCertificate()
      const problem = socket.authorized ? undefined : String(socket.authorizationError)
      socket.destroy()
      resolve(problem === undefined ? { endsAtMs: Date.parse(end) } : { problem })
    })
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer in time')))
    socket.on('error', () => resolve(undefined))
  })
