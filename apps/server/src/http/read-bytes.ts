import { AppError } from '@parley/contract/app-error.ts'
import type { AppContext } from '#http/app-env.ts'

/** Largest JSON body of a route, unless it says otherwise. */
const BODY_BYTES_MAX = 1024 * 1024

/**
 * The raw body, read once and remembered. Stops reading at the limit.
 *
 * @throws AppError `http/too-large`.
 */
export async function bytes(
  c: AppContext,
  bytesMax = BODY_BYTES_MAX,
): Promise<Uint8Array<ArrayBuffer>> {
  let reading = c.get('bytes')
  if (reading === undefined) {
    reading = readBytes(c.req.raw, bytesMax)
    c.set('bytes', reading)
  }
  return await reading
}

async function readBytes(request: Request, bytesMax: number): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) throw tooLarge(bytesMax)
  if (request.body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body) {
    size += chunk.byteLength
    if (size > bytesMax) throw tooLarge(bytesMax)
    chunks.push(chunk)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

function tooLarge(bytesMax: number): AppError {
  return new AppError('http/too-large', { detail: `At most ${bytesMax} bytes.` })
}
