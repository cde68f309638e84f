import { z } from 'zod'
import { Login } from './capability.ts'

/** `GET /v1/me`: who the dashboard talks for, and what this server is. */
export const Me = z.object({
  operator: z.object({ id: z.string(), name: z.string(), email: z.string() }),
  role: z.enum(['owner', 'admin', 'agent']),
  /** True: every tenant, also those to come, and what belongs to none. */
  allTenants: z.boolean(),
  /** Tenants this operator may see. */
  tenants: z.array(z.object({ id: z.string(), name: z.string() })),
  /** Logins whose app is configured. */
  logins: z.array(Login),
  /** True: no Meta credentials, everything runs against the simulator. */
  demo: z.boolean(),
  /** Where the simulator's phone is, in the demo. */
  simulatorUrl: z.string().nullable(),
})
export type Me = z.infer<typeof Me>
