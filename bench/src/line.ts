import { createHmac, randomBytes } from 'node:crypto'
import { threadOf } from '#world.ts'
import type { Thread, World } from '#world.ts'

/** Size of the webhook body every figure of speed.md is measured with. */
export const BODY_BYTES = 549

/** `run` keeps the lines of one run apart from those of every other: six letters or digits. */
export type LinePlan = { readonly run: string; readonly world: World }

/** A plan whose tokens no other run has. */
export function freshPlan(world: World): LinePlan {
  return { run: randomBytes(4).readUInt32BE().toString(36).padStart(6, '0').slice(-6), world }
}

/** One thing a person writes. Its token appears in the text and nowhere else. */
export type Line = Thread & { readonly token: string; readonly mid: string; readonly text: string }

const TOKENS = /\b[0-9a-z]{6}-\d{7}\b/g
const FILLER = 'do you have this one in blue and how long would it take to Madrid, and could it be '
const MID_TAIL =
  'ZAG1faXRlbToxOklHTWVzc2FnZAUlEOjE3ODQxNDAwMDAwMDAwMDAxOjM0MDI4MjM2Njg0MTcxMDMwMTI0'

export const tokenOf = (plan: LinePlan, n: number): string =>
  `${plan.run}-${String(n).padStart(7, '0')}`

/** Every token in a text, in the order they stand. */
export const tokensIn = (text: string): string[] => text.match(TOKENS) ?? []

/** Which line of its run a token names. */
export const lineNumber = (token: string): number => Number(token.slice(7))

/** Line `n` of a plan. All lines of all plans have the same length. */
export function lineOf(plan: LinePlan, n: number): Line {
  const thread = threadOf(plan.world, n % plan.world.conversations)
  const token = tokenOf(plan, n)
  const mid = `aWdf${MID_TAIL}${Buffer.from(token).toString('base64url')}`
  const bare = bodyOf({ ...thread, token, mid, text: token }, 1_700_000_000_000)
  const missing = BODY_BYTES - Buffer.byteLength(bare)
  const filler = ` ${FILLER.repeat(3)}`.slice(0, missing - 1)
  return { ...thread, token, mid, text: `${token}${filler}?` }
}

/** A webhook body as Meta writes it. */
export function bodyOf(line: Line, timeMs: number): string {
  const { accountId, igsid, mid, text } = line
  return `{"object":"instagram","entry":[{"time":${timeMs},"id":"${accountId}","messaging":[{"sender":{"id":"${igsid}"},"recipient":{"id":"${accountId}"},"timestamp":${timeMs},"message":{"mid":"${mid}","text":"${text}"}}]}]}`
}

/** The value of `X-Hub-Signature-256`. */
export function signatureOf(secret: string, body: string | Buffer): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}
