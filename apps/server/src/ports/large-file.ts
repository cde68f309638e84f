import { constants } from 'node:fs'
import { access, link, open, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '@parley/contract/app-error.ts'

/** A file that is too large for memory. */
export interface LargeFile extends AsyncDisposable {
  readonly bytes: number
  /** From `start` on, before `end`. */
  read(start: number, end: number): AsyncIterable<Buffer>
}

const PIECE_BYTES = 256 * 1024

/** @throws AppError `backups/file-unusable`. */
export async function openLargeFile(path: string): Promise<LargeFile> {
  const handle = await usable(open(path, 'r'))
  const stat = await handle.stat()
  if (!stat.isFile()) {
    await handle.close()
    throw new AppError('backups/file-unusable', { detail: `${path} is no file.` })
  }
  return {
    bytes: stat.size,
    read: (start, end) => pieces(handle, start, end),
    [Symbol.asyncDispose]: async () => await handle.close(),
  }
}

/** Ends early with a file that was cut meanwhile. */
async function* pieces(handle: FileHandle, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end;) {
    const room = Buffer.allocUnsafe(Math.min(PIECE_BYTES, end - at))
    const { bytesRead } = await handle.read(room, 0, room.length, at)
    if (bytesRead === 0) return
    yield room.subarray(0, bytesRead)
    at += bytesRead
  }
}

/** @throws AppError `backups/file-exists`. */
export async function refuseExisting(path: string): Promise<void> {
  try {
    await access(path, constants.F_OK)
  } catch {
    // Whatever keeps it from being seen, writing will tell.
    return
  }
  throw new AppError('backups/file-exists', { detail: `${path} is there already.` })
}

/**
 * A new file, readable by its owner only. Until it is whole and on the disk it has another name, and what is there
 * already is never written over. When it cannot be finished nothing of it stays.
 *
 * @returns its size in bytes.
 * @throws AppError `backups/file-exists`, `backups/file-unusable`; whatever `pieces` throws.
 */
export async function writeNewFile(path: string, pieces: AsyncIterable<Buffer>): Promise<number> {
  const aside = `${path}.part-${process.pid}`
  const handle = await usable(open(aside, 'wx', 0o600))
  try {
    try {
      // From where the last one ended.
      for await (const piece of pieces) await handle.writeFile(piece)
      await handle.sync()
    } finally {
      await handle.close().catch(() => undefined)
    }
    await giveName(aside, path)
  } catch (error) {
    await rm(aside, { force: true })
    return await usable(Promise.reject(error))
  }
  await syncFolder(dirname(path))
  const whole = await open(path, 'r')
  const { size } = await whole.stat()
  await whole.close()
  return size
}

/** A name of its own: taken by somebody meanwhile, it stays theirs. */
async function giveName(aside: string, path: string): Promise<void> {
  try {
    await link(aside, path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') await refuseExisting(path)
    // File systems without hard links: a name can only be looked for first.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(error))) throw error
    await refuseExisting(path)
    await rename(aside, path)
    return
  }
  await rm(aside)
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  // Some systems cannot; the file itself is on the disk.
  await folder.sync().catch(() => undefined)
  await folder.close()
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** What the file system says, as a refusal; everything else as it is. */
async function usable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const isFromFiles = error instanceof Error && 'syscall' in error && 'path' in error
    const isFull = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO'].includes(codeOf(error))
    if (!isFromFiles && !isFull) throw error
    throw new AppError('backups/file-unusable', {
      detail: `${error instanceof Error ? error.message : String(error)}.`,
      cause: error,
    })
  }
}
