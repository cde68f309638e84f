import type { Box } from '#box.ts'
import { findAccount } from '#world/find.ts'
import type { ApiCall } from './graph-call.ts'
import { GraphRefusal } from './refusals.ts'

const THROTTLES = new Set([4, 17, 32, 613, 80001, 80002, 80006])

/**
 * Meta's two usage headers: per business object, and per app for user tokens of Facebook. They
 * appear only once there is something to tell.
 */
export function usageHeaders(box: Box, call: ApiCall, outcome: unknown): [string, string][] {
  if (call.host === 'api.instagram.com') return []
  const isThrottled = outcome instanceof GraphRefusal && THROTTLES.has(outcome.code)
  const percent = isThrottled ? 100 : (box.world.switches.usagePercent ?? quietPercent(box))
  if (percent === 0) return []
  const usage = { call_count: percent, total_cputime: percent, total_time: percent }
  const account = findAccount(box.world, call.token?.holder.accountKey ?? '')
  if (!account) return [['x-app-usage', JSON.stringify(usage)]]
  const type = call.host === 'graph.facebook.com' && isMessaging(call) ? 'messenger' : 'instagram'
  const regainMinutes = percent >= 100 ? 1 : 0
  const entry = { type, ...usage, estimated_time_to_regain_access: regainMinutes }
  return [['x-business-use-case-usage', JSON.stringify({ [account.id]: [entry] })]]
}

const isMessaging = (call: ApiCall) =>
  ['messages', 'conversations'].includes(call.segments.at(-1) ?? '')

/** A small honest number: one percent for every hundred calls that are remembered. */
const quietPercent = (box: Box) => Math.min(60, Math.floor(box.world.calls.length / 100))
