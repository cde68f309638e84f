import { z } from 'zod'
import type { TokenHolder } from './tokens.ts'

export const apiHosts = ['api.instagram.com', 'graph.instagram.com', 'graph.facebook.com'] as const
export type ApiHost = (typeof apiHosts)[number]

const spokenFault = z.strictObject({
  code: z.int(),
  subcode: z.int().optional(),
  httpStatus: z.int().min(400).max(599).optional(),
  isTransient: z.boolean().optional(),
  message: z.string().max(1000).optional(),
})

/** What goes wrong with a call, and for whom. Only named conditions narrow it. */
export const faultSchema = z.strictObject({
  host: z.enum(apiHosts).optional(),
  method: z.enum(['GET', 'POST', 'DELETE']).optional(),
  /** The path without version, `*` stands for one segment: `/me/messages` also fits `/1784…/messages`. */
  path: z.string().max(200).optional(),
  account: z.string().max(100).optional(),
  times: z.int().min(1).max(1_000_000).default(1),
  delayMs: z.int().min(0).max(600_000).default(0),
  error: z
    .union([
      spokenFault,
      z.enum(['drop-after', 'drop-before', 'hang', 'empty-500', 'html', 'sent-but-1357046']),
    ])
    .optional(),
})

export type Fault = z.infer<typeof faultSchema> & { id: string }
export type SpokenFault = z.infer<typeof spokenFault>

type FaultTarget = {
  host: ApiHost
  method: string
  segments: string[]
  holder: TokenHolder | undefined
}

/** Takes the first fault that fits the call and counts it down. */
export function takeFault(faults: Fault[], call: FaultTarget): Fault | undefined {
  const index = faults.findIndex((fault) => fits(fault, call))
  const fault = faults[index]
  if (!fault) return undefined
  fault.times -= 1
  if (fault.times === 0) faults.splice(index, 1)
  return fault
}

function fits(fault: Fault, call: FaultTarget): boolean {
  if (fault.host && fault.host !== call.host) return false
  if (fault.method && fault.method !== call.method) return false
  if (fault.account && fault.account !== call.holder?.accountKey) return false
  return !fault.path || fitsPath(fault.path, call.segments)
}

function fitsPath(path: string, segments: string[]): boolean {
  const wanted = path.split('/').filter((part) => part !== '')
  if (wanted.length !== segments.length) return false
  return wanted.every((part, index) => {
    const segment = segments[index] ?? ''
    const isNode = part === 'me' && index === 0 && /^\d+$/.test(segment)
    return part === '*' || part === segment || isNode
  })
}
