import { z } from 'zod'
import { Login } from './capability.ts'
import { Time } from './list.ts'

/** One thing that was looked at. `fix` is the one thing to do, `value` what to paste for it, character for character. */
export const Finding = z.object({
  check: z.string(),
  state: z.enum(['ok', 'warning', 'problem', 'unknown']),
  message: z.string(),
  fix: z.string().nullable(),
  value: z.string().nullable(),
})
export type Finding = z.infer<typeof Finding>

export const DoctorReport = z.object({ checkedAt: Time, findings: z.array(Finding) })
export type DoctorReport = z.infer<typeof DoctorReport>

/** What Meta's dashboard must be given, character for character, and what has come from Meta so far. */
export const MetaSetup = z.object({
  callbackUrl: z.string(),
  deauthorizeUrl: z.string(),
  dataDeletionUrl: z.string(),
  /** To be ticked for the object Instagram. */
  fields: z.array(z.string()),
  /** Of the logins whose app is set up. */
  logins: z.array(z.object({ login: Login, redirectUri: z.string() })),
  seen: z.object({
    /** The newest right handshake. */
    handshake: Time.nullable(),
    /** The newest test of Meta's dashboard. */
    testEvent: Time.nullable(),
    /** The oldest event of an account that is kept. */
    firstEvent: Time.nullable(),
    lastDelivery: Time.nullable(),
    /** The newest delivery that was refused for its signature. */
    wrongSignature: Time.nullable(),
  }),
})
export type MetaSetup = z.infer<typeof MetaSetup>

export const VerifyToken = z.object({ verifyToken: z.string() })
