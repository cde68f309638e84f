import { z } from 'zod'
import { Flow } from './flow.ts'

/** What answers a connection's conversations. `responder: null` switches the automation off. */
export const Automation = z.object({
  responder: z.enum(['flow', 'agent', 'host']).nullable(),
  quietMs: z.number().int().min(0).max(30_000).default(1500),
  agent: z.record(z.string(), z.unknown()).nullable().default(null),
  host: z
    .object({
      url: z.url(),
      timeoutMs: z.number().int().min(1000).max(60_000).default(20_000),
      fallback: z.enum(['handover', 'flow', 'silent']).default('handover'),
    })
    .nullable()
    .default(null),
  flow: Flow.nullable().default(null),
})
export type Automation = z.infer<typeof Automation>
