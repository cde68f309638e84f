import { z } from 'zod'

/**
 * A backup is one file:
 *
 *     parley backup\n
 *     the header: one line of JSON, readable without a key
 *     the tables: frames (`frames.ts`), gzipped
 *     \nparley backup end <HMAC-SHA-256 of all before it, hex>\n
 *
 * The key of the HMAC is the file's own, wrapped by a master key in the header: who has none of those can neither
 * change a backup nor make one.
 */
export const FORMAT = 1
export const MAGIC = 'parley backup\n'
export const HEADER_BYTES_MAX = 4 * 1024 * 1024
export const END_MARK = '\nparley backup end '
/** The mark, 64 hex digits, a newline. */
export const END_BYTES = END_MARK.length + 65

/** Bound to the wrapped key of a file as a tenant is to its data keys. */
export const KEY_OWNER = 'backup'

/** Signs of life of processes are of no use to another instance; operators' sign-ins are of use to a thief alone. */
export const LEFT_OUT: readonly string[] = ['workers', 'auth.session', 'auth.verification']

const WrappedKeySchema = z.object({
  owner: z.string(),
  version: z.number().int(),
  wrapped: z.string(),
})

/** Every format's header begins so. */
export const AnyHeader = z.object({ format: z.number().int() })

export const Header = z.object({
  format: z.literal(FORMAT),
  takenAt: z.iso.datetime(),
  postgres: z.string(),
  migrations: z
    .array(z.object({ number: z.number().int(), name: z.string(), checksum: z.string() }))
    .min(1),
  /** Names of the master keys without which it cannot be restored; the keys themselves are nowhere in the file. */
  masterKeys: z.array(z.string()).min(1),
  /** The file's own key. */
  key: WrappedKeySchema,
  /** One data key of each master key: with them all are tried before anything else. */
  samples: z.array(WrappedKeySchema),
  /** In an order in which every row finds what it refers to. */
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()).min(1) })),
})
export type Header = z.infer<typeof Header>

/** The last frame. */
export const Ending = z.object({
  tables: z.array(z.object({ name: z.string(), rows: z.number().int() })),
  sequences: z.array(z.object({ name: z.string(), value: z.string(), isCalled: z.boolean() })),
})
export type Ending = z.infer<typeof Ending>

/** How far a long work is. `total` may be an estimate, and is never less than `done`. */
export type BackupProgress = {
  readonly phase: 'save' | 'check' | 'load'
  readonly done: number
  readonly total: number
  /** The table in hand. */
  readonly table: string | null
}
