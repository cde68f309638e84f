import { z } from 'zod'

const stepName = z.string().min(1).max(64)
const next = stepName.nullable()
const text = z.string().min(1).max(4000)
const field = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/)

export const FlowQuickReply = z.object({
  title: z.string().min(1).max(20),
  payload: z.string().min(1).max(1000),
})

export const FlowStep = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('message'),
    text,
    quickReplies: z.array(FlowQuickReply).max(13).optional(),
    next,
  }),
  z.strictObject({
    type: z.literal('ask'),
    text,
    field,
    quickReplies: z.array(FlowQuickReply).max(13).optional(),
    next,
  }),
  z.strictObject({
    type: z.literal('branch'),
    on: z.string().regex(/^fields\.[A-Za-z_][A-Za-z0-9_]{0,63}$/),
    cases: z.array(z.strictObject({ equals: z.string().max(1000), next })).max(50),
    next,
  }),
  z.strictObject({
    type: z.literal('faq'),
    entries: z
      .array(z.strictObject({ q: z.array(z.string().min(1).max(200)).min(1).max(50), a: text }))
      .max(200),
    next,
    otherwise: next,
  }),
  z.strictObject({ type: z.literal('handover'), text: text.optional() }),
  z.strictObject({ type: z.literal('end') }),
])
export type FlowStep = z.infer<typeof FlowStep>

/** A small program of named steps; `ask` waits for the person, `handover` for a colleague. */
export const Flow = z.strictObject({
  version: z.literal(1),
  start: stepName,
  steps: z.record(stepName, FlowStep),
})
export type Flow = z.infer<typeof Flow>
