import { AppError } from '@parley/contract/app-error.ts'
import {
  isForwardablePath,
  isReservedParameter,
  isTokenName,
} from '@parley/instagram/forward-call.ts'
import type { ForwardedCall } from '@parley/instagram/forward-call.ts'

const JSON_TYPE = 'application/json'
const FORM = 'application/x-www-form-urlencoded'
const utf8 = new TextDecoder('utf-8', { fatal: true })
/** No body of Meta's nests deeper. */
const DEPTH_MAX = 50

/** Why a call is not forwarded; undefined when it may be. */
export function refuseGraphCall(call: ForwardedCall): AppError | undefined {
  if (!isForwardablePath(call.path)) return new AppError('graph/path-not-allowed')
  const refused = refuseParameters([...call.query])
  if (refused !== undefined || call.body === undefined || call.body.byteLength === 0) return refused
  return refuseBody(call.body, call.contentType)
}

/** A content type without its parameters: Meta is to read the body as it was read here. */
export function plainContentType(contentType: string | undefined): string | undefined {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase()
}

/** Only what can be read can be searched. */
function refuseBody(body: Uint8Array, contentType: string | undefined): AppError | undefined {
  const isForm = contentType === FORM
  if (!isForm && contentType !== JSON_TYPE) {
    return new AppError('http/unsupported-media-type', { detail: 'JSON or a form.' })
  }
  try {
    const text = utf8.decode(body)
    if (isForm) return refuseParameters([...new URLSearchParams(text)])
    return refuseJson(JSON.parse(text), 0)
  } catch (cause) {
    // Both throw only for bytes that are not JSON in UTF-8.
    return new AppError('http/invalid-json', { cause })
  }
}

/** Names at the top are parameters; those further in are somebody's content, and may only not be tokens. */
function refuseJson(value: unknown, depth: number): AppError | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > DEPTH_MAX) return new AppError('http/invalid-json')
  for (const [name, item] of Object.entries(value)) {
    if (isTokenName(name)) return new AppError('graph/parameter-not-allowed')
    const refused =
      (depth === 0 ? refuseParameters([[name, item]]) : undefined) ?? refuseJson(item, depth + 1)
    if (refused !== undefined) return refused
  }
  return undefined
}

/** A field list may rename a token, and the answer would show it under a harmless name. */
function refuseParameters(
  parameters: readonly (readonly [string, unknown])[],
): AppError | undefined {
  for (const [name, value] of parameters) {
    const asksForToken = name === 'fields' && /token|secret/i.test(String(value))
    if (isReservedParameter(name) || asksForToken)
      return new AppError('graph/parameter-not-allowed')
  }
  return undefined
}
