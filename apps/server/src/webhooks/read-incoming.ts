import type { IncomingMessage } from 'node:http'
import { AppError } from '@parley/contract/app-error.ts'

/** Meta batches up to 1000 updates in one POST; the longest seen stay far below. */
const DELIVERY_BYTES_MAX = 3 * 1024 * 1024

const CUT_OFF = 'The connection closed before the body ended.'

/**
 * The raw bytes of a delivery, straight from the socket: a web stream in between costs more than the signature.
 *
 * @throws AppError `http/too-large`, without waiting for the rest.
 */
export async function readIncoming(incoming: IncomingMessage): Promise<Buffer> {
  if (Number(incoming.headers['content-length'] ?? 0) > DELIVERY_BYTES_MAX) throw tooLarge()
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  let size = 0
  incoming.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > DELIVERY_BYTES_MAX) {
      incoming.pause()
      reject(tooLarge())
    } else {
      chunks.push(chunk)
    }
  })
  incoming.on('end', () => {
    const [only] = chunks
    resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks))
  })
  incoming.on('error', reject)
  incoming.on('close', () => {
    if (!incoming.complete) reject(new AppError('http/invalid-json', { detail: CUT_OFF }))
  })
  return await promise
}

function tooLarge(): AppError {
  return new AppError('http/too-large', { detail: `At most ${DELIVERY_BYTES_MAX} bytes.` })
}
