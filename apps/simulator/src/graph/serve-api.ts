import { setTimeout as sleep } from 'node:timers/promises'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Box } from '#box.ts'
import { takeFault } from '#world/faults.ts'
import type { ApiHost, Fault } from '#world/faults.ts'
import type { ApiCallRecord } from '#world/world.ts'
import type { ApiCall } from './graph-call.ts'
import { readCall } from './read-call.ts'
import type { NodeContext } from './read-call.ts'
import { GraphRefusal, OAuthRefusal, refusal } from './refusals.ts'
import { speakRefusal } from './speak-refusal.ts'
import { usageHeaders } from './usage-headers.ts'

const KEPT_CALLS_MAX = 20_000
const HTML_ERROR = '<!DOCTYPE html><title>Error</title><p>Sorry, something went wrong.</p>'
const JSON_TYPE = 'application/json; charset=UTF-8'

/** What leaves, and the error code in it for the log. */
type Answered = { response: Response; code: number | null }

/** The one gate to the three API hosts: reads, logs, applies faults, runs, answers. */
export async function serveApi(
  c: NodeContext,
  box: Box,
  host: ApiHost,
  run: (call: ApiCall) => unknown,
): Promise<Response> {
  const read = await readCall(c, box, host).catch((error: unknown) => {
    if (error instanceof GraphRefusal) return error
    throw error
  })
  if (read instanceof GraphRefusal) return answer(box, host, read).response
  const fault = takeFault(box.world.faults, { ...read, holder: read.token?.holder })
  const record = keepRecord(box, read, fault)
  if (fault && fault.delayMs > 0) await sleep(fault.delayMs)
  const { response, code } = await faulty(c, box, read, fault, run)
  record.status = response === RESPONSE_ALREADY_SENT ? null : response.status
  record.code = code
  box.changes.tell()
  return response
}

async function faulty(
  c: NodeContext,
  box: Box,
  call: ApiCall,
  fault: Fault | undefined,
  run: (call: ApiCall) => unknown,
): Promise<Answered> {
  if (fault?.error === undefined) return await ran(box, call, run)
  switch (fault.error) {
    case 'drop-before':
      return cut(c)
    case 'drop-after':
      await ran(box, call, run)
      return cut(c)
    case 'hang':
      await new Promise<void>((resolve) => void c.env.outgoing.once('close', resolve))
      return { response: RESPONSE_ALREADY_SENT, code: null }
    case 'empty-500':
      return { response: new Response(null, { status: 500 }), code: null }
    case 'html':
      return { response: c.html(HTML_ERROR, 502), code: null }
    case 'sent-but-1357046': {
      const performed = await ran(box, call, run)
      return performed.response.ok
        ? answer(box, call.host, refusal(1, { subcode: 1357046 }), call)
        : performed
    }
    default: {
      const { code, httpStatus, ...details } = fault.error
      return answer(box, call.host, refusal(code, { ...details, status: httpStatus }), call)
    }
  }
}

async function ran(box: Box, call: ApiCall, run: (call: ApiCall) => unknown): Promise<Answered> {
  try {
    return answer(box, call.host, await run(call), call)
  } catch (error) {
    if (error instanceof GraphRefusal || error instanceof OAuthRefusal) {
      return answer(box, call.host, error, call)
    }
    throw error
  }
}

function answer(box: Box, host: ApiHost, outcome: unknown, call?: ApiCall): Answered {
  const headers = new Headers({ 'content-type': JSON_TYPE, 'cache-control': 'no-store' })
  if (call) {
    if (call.version !== null) headers.set('facebook-api-version', call.version)
    for (const [name, value] of usageHeaders(box, call, outcome)) headers.set(name, value)
  }
  if (outcome instanceof GraphRefusal || outcome instanceof OAuthRefusal) {
    const { status, body } = speakRefusal(box, host, outcome)
    const code = outcome instanceof GraphRefusal ? outcome.code : null
    return { response: new Response(JSON.stringify(body), { status, headers }), code }
  }
  return { response: new Response(JSON.stringify(outcome), { status: 200, headers }), code: null }
}

function cut(c: NodeContext): Answered {
  c.env.outgoing.destroy()
  return { response: RESPONSE_ALREADY_SENT, code: null }
}

function keepRecord(box: Box, call: ApiCall, fault: Fault | undefined): ApiCallRecord {
  const atMs = box.clock.now()
  const record: ApiCallRecord = {
    at: new Date(atMs).toISOString(),
    atMs,
    method: call.method,
    host: call.host,
    path: `/${call.segments.join('/')}`,
    version: call.version,
    queryNames: call.queryNames,
    bodyNames: call.bodyNames,
    account: call.token?.holder.accountKey ?? null,
    status: null,
    code: null,
    fault: fault ? faultName(fault) : null,
  }
  box.world.calls.push(record)
  if (box.world.calls.length > KEPT_CALLS_MAX) box.world.calls.shift()
  return record
}

function faultName(fault: Fault): string {
  if (fault.error === undefined) return `delay ${fault.delayMs} ms`
  if (typeof fault.error === 'string') return fault.error
  return [fault.error.code, fault.error.subcode].filter(Boolean).join('/')
}
