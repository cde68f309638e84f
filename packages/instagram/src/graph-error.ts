import type { HttpResponse } from './http-port.ts'
import { isRecord, numberOf, recordOf, textOf } from './read-field.ts'
import type { JsonRecord } from './read-field.ts'
import { readUsage } from './usage.ts'

/**
 * - `graph`: `{"error":{message,type,code,…}}` of both graph hosts.
 * - `oauth`: the flat `{"error_type","code","error_message"}` of Instagram's code exchange.
 * - `none`: Meta, or something before it, answered without saying what is wrong.
 */
export type GraphErrorShape = 'graph' | 'oauth' | 'none'

export interface GraphErrorFacts {
  readonly shape: GraphErrorShape
  readonly httpStatus: number
  readonly code?: number | undefined
  readonly subcode?: number | undefined
  readonly type?: string | undefined
  readonly fbtraceId?: string | undefined
  readonly isTransient?: boolean | undefined
  readonly retryAfterMs?: number | undefined
  /** Meta's own words. */
  readonly metaMessage?: string | undefined
}

/**
 * Meta refused, or answered something that is no answer. What to do about it: `classifyGraphError`.
 * Source of the shapes: /docs/graph-api/guides/error-handling, read 2026-11-20.
 */
export class GraphError extends Error {
  override readonly name = 'GraphError'
  readonly shape: GraphErrorShape
  readonly httpStatus: number
  readonly code: number | undefined
  readonly subcode: number | undefined
  readonly type: string | undefined
  readonly fbtraceId: string | undefined
  readonly isTransient: boolean
  /** From the usage headers; `undefined` when they say nothing. */
  readonly retryAfterMs: number | undefined
  readonly #metaMessage: string

  constructor(facts: GraphErrorFacts) {
    const { shape, httpStatus, code, subcode } = facts
    const numbers = `${code ?? 'no code'}${subcode === undefined ? '' : `/${subcode}`}`
    super(`Meta answered ${shape === 'none' ? 'nothing readable' : numbers} (HTTP ${httpStatus})`)
    this.shape = shape
    this.httpStatus = httpStatus
    this.code = code
    this.subcode = subcode
    this.type = facts.type
    this.fbtraceId = facts.fbtraceId
    this.isTransient = facts.isTransient ?? false
    this.retryAfterMs = facts.retryAfterMs
    this.#metaMessage = facts.metaMessage ?? ''
  }

  /**
   * Meta's text, kept out of `message`, logs and inspection: it may quote a token and is in the language
   * of somebody's browser. For reading by the classification, never for showing.
   */
  get metaMessage(): string {
    return this.#metaMessage
  }
}

/** Reads an answer that is not a success, whichever of the shapes it has. Never throws. */
export function readGraphError(response: HttpResponse, json: unknown): GraphError {
  const httpStatus = response.status
  const retryAfterMs = retryAfterOf(response.headers)
  const error = isRecord(json) ? json['error'] : undefined
  if (isRecord(error)) return readGraphShape(error, { httpStatus, retryAfterMs })
  if (isRecord(json) && (json['error_type'] !== undefined || json['error_message'] !== undefined)) {
    return new GraphError({
      shape: 'oauth',
      httpStatus,
      retryAfterMs,
      code: numberOf(json['code']),
      type: textOf(json['error_type']),
      metaMessage: textOf(json['error_message']),
    })
  }
  return new GraphError({ shape: 'none', httpStatus, retryAfterMs })
}

function readGraphShape(
  error: JsonRecord,
  facts: { httpStatus: number; retryAfterMs: number | undefined },
): GraphError {
  return new GraphError({
    ...facts,
    shape: 'graph',
    code: numberOf(error['code']),
    subcode: numberOf(error['error_subcode']),
    type: textOf(error['type']),
    fbtraceId: textOf(error['fbtrace_id']),
    isTransient: error['is_transient'] === true,
    metaMessage: textOf(error['message']),
  })
}

/** `Retry-After` is not documented by Meta, but whatever stands in between may send it. */
function retryAfterOf(headers: HttpResponse['headers']): number | undefined {
  const regainMinutes = readUsage(headers)?.regainMinutes ?? 0
  if (regainMinutes > 0) return regainMinutes * 60_000
  const seconds = numberOf(headers['retry-after'])
  return seconds !== undefined && seconds > 0 ? seconds * 1000 : undefined
}

/** The error inside an otherwise good answer: `debug_token` reports a dead token this way. */
export function readEmbeddedError(value: unknown): { code?: number; subcode?: number } | undefined {
  const error = recordOf(value)
  if (error === undefined) return undefined
  const code = numberOf(error['code'])
  const subcode = numberOf(error['subcode']) ?? numberOf(error['error_subcode'])
  return {
    ...(code === undefined ? {} : { code }),
    ...(subcode === undefined ? {} : { subcode }),
  }
}
