import { z } from 'zod'

/** Query of every list: an opaque cursor, and 25 rows unless told, at most 100. */
export const ListQuery = z.object({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(25),
})
export type ListQuery = z.infer<typeof ListQuery>

export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), nextCursor: z.string().nullable() })

/** ISO 8601 in UTC. */
export const Time = z.iso.datetime()
