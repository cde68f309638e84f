import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Box } from '#box.ts'
import type { ApiHost } from '#world/faults.ts'
import type { ApiCall } from './graph-call.ts'
import { isRecord } from './params.ts'
import { refusal } from './refusals.ts'

export type NodeContext = Context<{ Bindings: HttpBindings }>

const VERSION = /^v\d+\.\d+$/

/** Reads method, path, token and every parameter, from wherever Graph accepts them. */
export async function readCall(c: NodeContext, box: Box, host: ApiHost): Promise<ApiCall> {
  const { pathname, searchParams } = new URL(c.req.url)
  const all = pathname
    .split('/')
    .filter((part) => part !== '')
    .slice(1)
    .map(decodeSegment)
  const hasVersion = VERSION.test(all[0] ?? '')
  const body = await readBody(c)
  const params = new Map<string, unknown>([...searchParams, ...body])
  const accessToken = bearerOf(c) ?? textOf(params.get('access_token'))
  return {
    host,
    method: c.req.method,
    version: hasVersion ? (all[0] ?? null) : null,
    segments: hasVersion ? all.slice(1) : all,
    query: searchParams,
    params,
    queryNames: [...new Set(searchParams.keys())],
    bodyNames: [...body.keys()],
    accessToken,
    token: box.world.tokens.find((token) => token.value === accessToken),
    afterAnswer: (work) => c.env.outgoing.once('close', work),
  }
}

async function readBody(c: NodeContext): Promise<Map<string, unknown>> {
  if (c.req.method === 'GET') return new Map()
  const type = c.req.header('content-type') ?? ''
  if (
    type.startsWith('multipart/form-data') ||
    type.startsWith('application/x-www-form-urlencoded')
  ) {
    return new Map(Object.entries(await c.req.parseBody()))
  }
  const text = await c.req.text()
  if (text === '') return new Map()
  if (!type.startsWith('application/json')) return new Map(new URLSearchParams(text))
  return new Map(Object.entries(parseObject(text)))
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text)
    if (isRecord(parsed)) return parsed
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw refusal(100, { message: 'The request body must be a JSON object' })
}

/** A broken escape stays as it is, and finds nothing. */
function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch (error) {
    if (error instanceof URIError) return segment
    throw error
  }
}

function bearerOf(c: NodeContext): string | undefined {
  return /^(?:Bearer|OAuth) (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)
