import { accountId } from '#world.ts'
import type { Call } from '#stand-in/answer.ts'

/** A token says in itself whose it is, so that the stand-in keeps no list and survives its own restart. */
export const TOKEN_PREFIX = 'IGAAstandin'

const SHORT = 'short'
const TOKEN = /^IGAAstandin(\d{17})(?:\.(short|long)\.\d+)?$/
let issued = 0

/** A long-lived token outside any login, for who does not connect. */
export const plainToken = (account: number): string => `${TOKEN_PREFIX}${accountId(account)}`

export function issueToken(ownerId: string, kind: 'short' | 'long'): string {
  issued += 1
  return `${TOKEN_PREFIX}${ownerId}.${kind}.${issued}`
}

/** @returns the account's id, or undefined for what was never issued here. */
export function ownerOf(token: string): string | undefined {
  return TOKEN.exec(token)?.[1]
}

export function isShortLived(token: string): boolean {
  return TOKEN.exec(token)?.[2] === SHORT
}

export function tokenOf(call: Call): string {
  const { authorization } = call.request.headers
  if (authorization?.startsWith('Bearer ') === true) return authorization.slice('Bearer '.length)
  return call.query.get('access_token') ?? new URLSearchParams(call.body).get('access_token') ?? ''
}
