import { AppError } from '@parley/contract/app-error.ts'
import { UnsealError } from '#ports/cipher.ts'
import { openLargeFile } from '#ports/large-file.ts'
import type { LargeFile } from '#ports/large-file.ts'
import { proveMasterKeys, unwrap, WrongKeyError } from '#ports/master-keys.ts'
import type { MasterKey } from '#ports/master-keys.ts'
import { readFrames } from './frames.ts'
import type { Frame } from './frames.ts'
import { decompress } from './gzip.ts'
import {
  AnyHeader,
  END_BYTES,
  END_MARK,
  FORMAT,
  Header,
  HEADER_BYTES_MAX,
  MAGIC,
} from './schema.ts'
import { Seal } from './seal.ts'

/** A backup whose header was read, and nothing else proven yet. */
export type OpenedBackup = AsyncDisposable & {
  readonly header: Header
  readonly bytes: number
  /**
   * The key of the file's seal.
   *
   * @throws AppError `backups/wrong-key`, `backups/damaged`.
   */
  proveKeys(masterKeys: readonly MasterKey[]): Promise<Uint8Array>
  /**
   * Reads it once from end to end. @param onRead told of the bytes that were read so far.
   *
   * @throws AppError `backups/damaged`.
   */
  check(key: Uint8Array, onRead: (bytes: number) => void): Promise<void>
  /** The same, frame by frame: a file that is changed between the two readings is found at its end. */
  frames(key: Uint8Array, onRead: (bytes: number) => void): AsyncIterable<Frame>
}

/** @throws AppError `backups/file-unusable`, `…/not-a-backup`, `…/unknown-format`, `…/incomplete`, `…/damaged`. */
export async function openBackup(path: string): Promise<OpenedBackup> {
  await using opened = new AsyncDisposableStack()
  const file = opened.use(await openLargeFile(path))
  const { text, end: start } = await readHeader(file)
  const header = parseHeader(text)
  const end = file.bytes - END_BYTES
  const last = end < start ? '' : (await bytesOf(file, end, file.bytes)).toString('latin1')
  if (!last.startsWith(END_MARK) || !last.endsWith('\n')) throw new AppError('backups/incomplete')
  const digest = last.slice(END_MARK.length, -1)
  const owned = opened.move()

  async function* read(key: Uint8Array, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
    const seal = new Seal(key)
    seal.add(await bytesOf(file, 0, start))
    let done = start
    for await (const piece of file.read(start, end)) {
      yield seal.add(piece)
      done += piece.length
      onRead(done)
    }
    if (!seal.fits(digest)) throw new AppError('backups/damaged')
  }
  return {
    header,
    bytes: file.bytes,
    proveKeys: async (masterKeys) => await proveKeys(header, masterKeys),
    async check(key, onRead) {
      const pieces = read(key, onRead)
      while ((await pieces.next()).done !== true);
    },
    frames: (key, onRead) => readFrames(decompress(read(key, onRead))),
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  }
}

async function bytesOf(file: LargeFile, start: number, end: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of file.read(start, end)) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** The header's line, and where the tables begin. */
async function readHeader(file: LargeFile): Promise<{ text: string; end: number }> {
  const magic = await bytesOf(file, 0, Math.min(MAGIC.length, file.bytes))
  if (magic.length === 0 || !MAGIC.startsWith(magic.toString('latin1'))) {
    throw new AppError('backups/not-a-backup')
  }
  const pieces: Buffer[] = []
  let held = 0
  const limit = Math.min(file.bytes, MAGIC.length + HEADER_BYTES_MAX)
  for await (const piece of file.read(Math.min(MAGIC.length, limit), limit)) {
    const newline = piece.indexOf(10)
    pieces.push(newline < 0 ? piece : piece.subarray(0, newline))
    held += newline < 0 ? piece.length : newline
    if (newline >= 0) {
      return { text: Buffer.concat(pieces).toString('utf8'), end: MAGIC.length + held + 1 }
    }
  }
  throw new AppError(limit === file.bytes ? 'backups/incomplete' : 'backups/damaged')
}

function parseHeader(text: string): Header {
  const json = parseJson(text)
  const any = AnyHeader.safeParse(json)
  if (any.success && any.data.format !== FORMAT) {
    throw new AppError('backups/unknown-format', {
      detail: `Its format is ${any.data.format}; this version reads ${FORMAT}.`,
    })
  }
  const header = Header.safeParse(json)
  if (!header.success) throw new AppError('backups/damaged')
  return header.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new AppError('backups/damaged')
  }
}

async function proveKeys(header: Header, masterKeys: readonly MasterKey[]): Promise<Uint8Array> {
  try {
    const key = await unwrap(masterKeys, header.key)
    await proveMasterKeys(masterKeys, header.samples)
    return key
  } catch (cause) {
    // The second is what a key service says of a key that is not its own.
    if (cause instanceof WrongKeyError || cause instanceof UnsealError) {
      const names = header.masterKeys.map((name) => JSON.stringify(name)).join(', ')
      throw new AppError('backups/wrong-key', {
        detail: `It was made under the master keys ${names}; one of them is missing here, or is another one of its name.`,
        cause,
      })
    }
    // No wrapped key at all.
    if (cause instanceof TypeError) throw new AppError('backups/damaged', { cause })
    throw cause
  }
}
