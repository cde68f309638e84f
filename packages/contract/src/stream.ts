import { z } from 'zod'

/** One server-sent event of `GET /v1/stream`: ids and kinds, never content. */
export const StreamEvent = z.object({
  kind: z.enum(['conversation', 'connection', 'delivery', 'tenant', 'host_endpoint', 'meta_call']),
  id: z.string(),
  connectionId: z.string().nullable(),
})
export type StreamEvent = z.infer<typeof StreamEvent>
