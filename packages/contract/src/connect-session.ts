import { z } from 'zod'
import { Capability, Login } from './capability.ts'
import { Time } from './list.ts'
import { TenantId } from './tenant.ts'

/** `none`: active at once. `return`, `host`: a candidate until confirmed. */
export const Confirmation = z.enum(['none', 'return', 'host'])
export type Confirmation = z.infer<typeof Confirmation>

const connectSession = z.strictObject({
  tenantId: TenantId.optional(),
  login: Login.optional(),
  returnUrl: z.string().max(2000).optional(),
  connectionId: z.string().max(64).optional(),
  accountId: z
    .string()
    .regex(/^\d{1,32}$/)
    .optional(),
  pageId: z
    .string()
    .regex(/^\d{1,32}$/)
    .optional(),
  capabilities: z.array(Capability).max(4).optional(),
  confirmation: Confirmation.optional(),
})

/** A page is connected by the Facebook login only. */
const isPossible = ({
  login,
  pageId,
}: {
  login?: string | undefined
  pageId?: string | undefined
}) => login !== 'instagram' || pageId === undefined
const impossible = { path: ['pageId'], error: 'only with the login facebook' }

/** `tenantId` may be left out with a user JWT: the token names it. */
export const ConnectSessionRequest = connectSession.refine(isPossible, impossible)
export type ConnectSessionRequest = z.infer<typeof ConnectSessionRequest>

/** The same parameters in a query; capabilities as a comma list, empty for none. */
export const ConnectSessionQuery = connectSession
  .extend({
    capabilities: z
      .string()
      .max(100)
      .transform((list) => list.split(',').filter((name) => name !== ''))
      .pipe(z.array(Capability))
      .optional(),
  })
  .refine(isPossible, impossible)

export const ConnectSession = z.object({ id: z.string(), url: z.string(), expiresAt: Time })
export type ConnectSession = z.infer<typeof ConnectSession>
