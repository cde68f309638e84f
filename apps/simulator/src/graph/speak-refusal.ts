import type { Box } from '#box.ts'
import type { ApiHost } from '#world/faults.ts'
import { GraphRefusal } from './refusals.ts'
import type { OAuthRefusal } from './refusals.ts'

/** Codes which graph.instagram.com reports as `IGApiException`, the rest are `OAuthException`. */
const INSTAGRAM_API_CODES = new Set([-1, 10, 100, 230, 551, 613, 2500, 9010, 9000001])

/** A refusal in the shape of its host. */
export function speakRefusal(
  box: Box,
  host: ApiHost,
  refusal: GraphRefusal | OAuthRefusal,
): { status: number; body: unknown } {
  if (!(refusal instanceof GraphRefusal)) {
    const body = { error_type: 'OAuthException', code: 400, error_message: refusal.message }
    return { status: 400, body }
  }
  if (host === 'api.instagram.com') {
    const { message, code } = refusal
    const body = { error_type: 'OAuthException', code, error_message: message }
    return { status: refusal.status ?? 400, body }
  }
  const error = {
    message: refusal.message,
    type: refusal.type ?? typeOf(host, refusal),
    code: refusal.code,
    error_subcode: refusal.subcode,
    is_transient: refusal.isTransient,
    fbtrace_id: hasTrace(box, host) ? `A${box.random.text(21)}` : undefined,
  }
  return { status: refusal.status ?? 400, body: { error } }
}

function typeOf(host: ApiHost, { code, subcode }: GraphRefusal): string {
  if (host === 'graph.instagram.com' && INSTAGRAM_API_CODES.has(code)) return 'IGApiException'
  return code === 100 && subcode === 33 ? 'GraphMethodException' : 'OAuthException'
}

/** On graph.instagram.com the trace id is missing now and then. */
function hasTrace(box: Box, host: ApiHost): boolean {
  const { traceId } = box.world.switches
  if (traceId !== 'usually') return traceId === 'always'
  return host !== 'graph.instagram.com' || !box.random.rarely(6)
}
