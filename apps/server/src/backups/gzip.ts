import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import type { Gunzip, Gzip } from 'node:zlib'
import { AppError } from '@parley/contract/app-error.ts'

/** Most of it is sealed and gets no smaller than its hex is: more effort would gain nothing. */
const LEVEL = 1
const chunkSize = 128 * 1024

export const compress = (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> =>
  through(source, createGzip({ level: LEVEL, chunkSize }))

/** @throws AppError `backups/damaged` for anything that was not compressed. */
export async function* decompress(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* through(source, createGunzip({ chunkSize }))
  } catch (cause) {
    const isUnreadable =
      cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_')
    throw isUnreadable ? new AppError('backups/damaged', { cause }) : cause
  }
}

/** A slow reader holds the source back; what either throws reaches the reader. */
async function* through(
  source: AsyncIterable<Buffer>,
  middle: Gzip | Gunzip,
): AsyncGenerator<Buffer> {
  const feeding = pipeline(source, middle)
  feeding.catch(() => undefined)
  try {
    yield* middle
  } catch (error) {
    // The source's own reason, where there is one.
    await feeding
    throw error
  }
  await feeding
}
