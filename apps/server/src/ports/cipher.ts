import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** Where a value lives. It is authenticated, so a value moved or copied elsewhere does not open. */
export type Place = { readonly table: string; readonly row: string; readonly column: string }

/** A sealed value that does not open: wrong key, wrong place, or changed bytes. */
export class UnsealError extends Error {
  override readonly name = 'UnsealError'
}

const FORMAT = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** format (1), key version (2), nonce (12) */
const HEADER_BYTES = 3 + NONCE_BYTES

/** Seals values of one owner (a tenant, or the inbox). Holds every version of its data key; one of them writes. */
export interface Sealer {
  seal(place: Place, plain: Uint8Array | string): Buffer
  /** @throws UnsealError */
  open(place: Place, sealed: Uint8Array): Buffer
}

/**
 * AES-256-GCM with a fresh 96-bit nonce. Layout: format, key version, nonce, ciphertext, tag.
 * Additional data: format and key version, then owner, table, row and column, NUL between them.
 */
export function createSealer(
  owner: string,
  keys: ReadonlyMap<number, KeyObject>,
  nonce: (bytes: number) => Buffer,
  writes: number = Math.max(...keys.keys()),
): Sealer {
  return {
    seal(place, plain) {
      const key = keys.get(writes)
      if (key === undefined) throw new UnsealError(`no key for ${owner}`)
      const iv = nonce(NONCE_BYTES)
      const header = Buffer.allocUnsafe(HEADER_BYTES)
      header[0] = FORMAT
      header.writeUInt16BE(writes, 1)
      iv.copy(header, 3)
      const cipher = createCipheriv('aes-256-gcm', key, iv)
      cipher.setAAD(additional(owner, writes, place))
      const body = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain)
      const rest = cipher.final()
      return Buffer.concat([header, body, rest, cipher.getAuthTag()])
    },
    open(place, sealed) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
      if (bytes.length < HEADER_BYTES + TAG_BYTES || bytes[0] !== FORMAT) {
        throw new UnsealError('unknown format')
      }
      const version = bytes.readUInt16BE(1)
      const key = keys.get(version)
      if (key === undefined) throw new UnsealError(`no key version ${version} for ${owner}`)
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(3, HEADER_BYTES))
      decipher.setAAD(additional(owner, version, place))
      decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES))
      const body = decipher.update(bytes.subarray(HEADER_BYTES, bytes.length - TAG_BYTES))
      try {
        return Buffer.concat([body, decipher.final()])
      } catch (cause) {
        throw new UnsealError('the value does not belong here or was changed', { cause })
      }
    },
  }
}

export function dataKey(bytes: Uint8Array): KeyObject {
  return createSecretKey(bytes)
}

function additional(owner: string, version: number, place: Place): Buffer {
  return Buffer.from(
    `${FORMAT}.${version}\0${owner}\0${place.table}\0${place.row}\0${place.column}`,
    'utf8',
  )
}
