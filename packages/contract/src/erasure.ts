import { z } from 'zod'
import { Time } from './list.ts'

/**
 * One erasure and how far it is. `account`: Meta asked, for an account that wants its data deleted. `tenant`: all of a
 * tenant. `person`: one person of one conversation.
 */
export const Erasure = z.object({
  id: z.string(),
  kind: z.enum(['account', 'tenant', 'person']),
  status: z.enum(['waiting', 'running', 'done']),
  tenantId: z.string().nullable(),
  requestedAt: Time,
  finishedAt: Time.nullable(),
  /** In the order they are worked. */
  stores: z.array(
    z.object({
      store: z.string(),
      /** The same in words, as the page has it. */
      title: z.string(),
      deleted: z.int(),
      doneAt: Time.nullable(),
    }),
  ),
  /** For people: the same, as a page. */
  url: z.string(),
})
export type Erasure = z.infer<typeof Erasure>

/** Meta's own words. */
export const DataDeletionAnswer = z.object({ url: z.string(), confirmation_code: z.string() })
export type DataDeletionAnswer = z.infer<typeof DataDeletionAnswer>
