import { z } from 'zod'
import { Time } from './list.ts'

/** Names and counts; never a key. `rotations`: begun and not finished. */
export const EncryptionKeys = z.object({
  /** The first wraps new data keys; `dataKeys`: how many need it. Those no setting holds come last. */
  masterKeys: z.array(
    z.object({
      name: z.string(),
      state: z.enum(['wraps', 'opens', 'missing']),
      dataKeys: z.number().int(),
    }),
  ),
  /** Tenants, and the inbox where deliveries wait. */
  owners: z.number().int(),
  oldestDataKeyAt: Time.nullable(),
  rotations: z.array(
    z.object({
      owner: z.string(),
      version: z.number().int(),
      startedAt: Time,
      resealed: z.number().int(),
    }),
  ),
})
export type EncryptionKeys = z.infer<typeof EncryptionKeys>
