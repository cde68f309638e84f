import type { IncomingMessage } from 'node:http'
import { AppError } from '@parley/contract/app-error.ts'

/** Meta batches up to 1000 updates in one POST; the longest seen stay far below. */
const DELIVERY_BYTES_MAX = 3 * 1024 * 1024

/** Of all bodies being read at once: whoever sends them has not shown a right signature yet. */
const READING_BYTES_MAX = 64 * 1024 * 1024

/** Bytes this process has read of bodies that are not complete. */
let readingBytes = 0

const CUT_OFF = 'The connection closed before the body ended.'

/**
 * The raw bytes of a delivery, straight from the socket: a web stream in between costs more than the signature.
 *
 * @throws AppError `http/too-large` or `http/unavailable`, without waiting for the rest.
 */
export async function readIncoming(incoming: IncomingMessage): Promise<Buffer> {
  if (Number(incoming.headers['content-length'] ?? 0) > DELIVERY_BYTES_MAX) throw tooLarge()
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  let size = 0
  const onData = (chunk: Buffer): void => {
    size += chunk.length
    readingBytes += chunk.length
    const isTooMuch = readingBytes > READING_BYTES_MAX
    if (size > DELIVERY_BYTES_MAX || isTooMuch) {
      incoming.pause()
      reject(isTooMuch ? new AppError('http/unavailable') : tooLarge())
    } else {
      chunks.push(chunk)
    }
  }
  incoming.on('data', onData)
  incoming.on('end', () => {
    const [only] = chunks
    resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks))
  })
  incoming.on('error', reject)
  incoming.on('close', () => {
    if (!incoming.complete) reject(new AppError('http/invalid-json', { detail: CUT_OFF }))
  })
  try {
    return await promise
  } finally {
    incoming.off('data', onData)
    readingBytes -= size
  }
}

function tooLarge(): AppError {
  return new AppError('http/too-large', { detail: `At most ${DELIVERY_BYTES_MAX} bytes.` })
}
