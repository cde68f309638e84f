import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Box } from '#box.ts'
import { loadAccount } from '#world/find.ts'
import type { Token } from '#world/tokens.ts'
import type { GraphCall } from './graph-call.ts'
import { findText } from './params.ts'
import { refusal, unauthorizedApp } from './refusals.ts'
import type { GraphRefusal } from './refusals.ts'

const PROOF_MS = 5 * 60_000

/** The living token of a call, or the refusal Meta would give. */
export function authenticate(box: Box, call: GraphCall): Token {
  if (call.accessToken === undefined) {
    throw refusal(2500, {
      message: 'An active access token must be used to query information about the current user.',
    })
  }
  const { token } = call
  if (!token || token.app !== call.app) {
    throw refusal(190, { message: 'Invalid OAuth access token - Cannot parse access token' })
  }
  const dead = deathOf(token, box.clock.now())
  if (dead) throw dead
  checkProof(box, call, call.accessToken)
  if (call.app === 'instagram') checkRole(box, call, token)
  return token
}

/** Why a token works no more; undefined while it does. */
export function deathOf(token: Token, nowMs: number): GraphRefusal | undefined {
  if (token.death && token.death.subcode !== 463) {
    return refusal(190, { subcode: token.death.subcode })
  }
  if (token.death === null && (token.expiresAtMs === null || nowMs < token.expiresAtMs))
    return undefined
  const expiredAtMs = token.expiresAtMs ?? nowMs
  return refusal(190, {
    ...(token.app === 'facebook' && { subcode: 463 }),
    message: `Error validating access token: Session has expired on ${pacific(expiredAtMs)}. The current time is ${pacific(nowMs)}.`,
  })
}

/** `Tuesday, 01-Dec-25 06:00:00 PST`. Always UTC-8, which is what PST says. */
export function pacific(atMs: number): string {
  const shifted = new Date(atMs - 8 * 3_600_000)
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', ...options }).format(shifted)
  const day = String(shifted.getUTCDate()).padStart(2, '0')
  const year = String(shifted.getUTCFullYear() % 100).padStart(2, '0')
  const time = shifted.toISOString().slice(11, 19)
  return `${part({ weekday: 'long' })}, ${day}-${part({ month: 'short' })}-${year} ${time} PST`
}

/** Consent and code exchange succeed for anybody; the first Graph call shows who may use the app. */
function checkRole(box: Box, call: GraphCall, token: Token): void {
  const { instagramAppMode, instagramAppAccess } = box.world.switches
  if (instagramAppMode === 'live' && instagramAppAccess === 'advanced') return
  const { accountKey } = token.holder
  if (accountKey === undefined || !loadAccount(box.world, accountKey).isTester) {
    throw unauthorizedApp(call.method)
  }
}

/** A proof that is sent is always checked; one that is missing only when the app requires it. */
export function checkProof(box: Box, call: GraphCall, accessToken: string): void {
  const proof = findText(call.params, 'appsecret_proof')
  if (proof === undefined) {
    if (!box.world.switches.requireProof || call.app !== 'facebook') return
    throw refusal(100, {
      message: 'API calls from the server require an appsecret_proof argument',
      type: 'GraphMethodException',
    })
  }
  const time = findText(call.params, 'appsecret_time')
  const isFresh = time === undefined || Math.abs(box.clock.now() - Number(time) * 1000) <= PROOF_MS
  const message = time === undefined ? accessToken : `${accessToken}|${time}`
  const right = createHmac('sha256', box.world.apps[call.app].secret).update(message).digest('hex')
  if (!isFresh || !isSame(proof, right)) {
    throw refusal(100, {
      message: 'Invalid appsecret_proof provided in the API argument',
      type: 'GraphMethodException',
    })
  }
}

function isSame(given: string, right: string): boolean {
  const givenBytes = Buffer.from(given)
  const rightBytes = Buffer.from(right)
  return givenBytes.length === rightBytes.length && timingSafeEqual(givenBytes, rightBytes)
}
