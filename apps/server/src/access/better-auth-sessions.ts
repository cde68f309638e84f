import { AppError } from '@parley/contract/app-error.ts'
import { betterAuth } from 'better-auth'
import { APIError } from 'better-auth/api'
import { Kysely } from 'kysely'
import { PASSWORD_LENGTH } from '@parley/contract/operator.ts'
import type { Ports } from '#ports/ports.ts'
import { kyselyDialect } from './kysely-dialect.ts'
import { COOKIE_PREFIX } from './operator-sessions.ts'
import type { OperatorSessions } from './operator-sessions.ts'

/** The sessions themselves. Loaded when somebody first signs in: the library is the largest part of the program. */
export function openBetterAuthSessions(ports: Pick<Ports, 'config' | 'db'>): OperatorSessions {
  // One per PARLEY_SECRET: the first signs cookies, all verify.
  let failure: unknown
  const onFailure = (error: unknown): void => {
    failure = error
  }
  const all = ports.config.secrets.map((secret) => openAuth(ports, secret.reveal(), onFailure))
  const [newest] = all
  if (newest === undefined) throw new Error('PARLEY_SECRET is a list of at least one')

  /** The database's own error, when better-auth only says that something broke. */
  const whatBroke = (error: unknown): unknown =>
    error instanceof APIError && error.statusCode >= 500 ? (failure ?? error) : error

  return {
    async find(headers) {
      for (const auth of all) {
        const found = await auth.api
          .getSession({ headers, returnHeaders: true })
          .catch((error: unknown) => {
            throw whatBroke(error)
          })
        if (found.response !== null) {
          const { id, name, email } = found.response.user
          return { operator: { id, name, email }, cookies: found.headers.getSetCookie() }
        }
      }
      return undefined
    },
    async signIn(email, password) {
      try {
        const signedIn = await newest.api.signInEmail({
          body: { email, password },
          returnHeaders: true,
        })
        const { id, name, email: kept } = signedIn.response.user
        return { operator: { id, name, email: kept }, cookies: signedIn.headers.getSetCookie() }
      } catch (cause) {
        if (cause instanceof APIError && cause.statusCode < 500) {
          throw new AppError('auth/sign-in-failed', { cause })
        }
        throw whatBroke(cause)
      }
    },
    async signOut(headers) {
      let cookies: string[] = []
      for (const auth of all) {
        const { headers: answered } = await auth.api.signOut({ headers, returnHeaders: true })
        cookies = answered.getSetCookie()
      }
      return { cookies }
    },
  }
}

/** Every option that better-auth would else take from the environment is given. */
function openAuth(
  ports: Pick<Ports, 'config' | 'db'>,
  secret: string,
  onFailure: (error: unknown) => void,
) {
  const { url } = ports.config
  return betterAuth({
    appName: 'Parley',
    baseURL: url,
    basePath: '/auth',
    secrets: [{ version: 1, value: secret }],
    trustedOrigins: [],
    database: {
      db: new Kysely({ dialect: kyselyDialect(ports.db, onFailure) }),
      type: 'postgres',
      schemaName: 'auth',
      transaction: false,
    },
    emailAndPassword: {
      enabled: true,
      // Accounts are made by `welcome-operator.ts` alone.
      disableSignUp: true,
      minPasswordLength: PASSWORD_LENGTH.min,
      maxPasswordLength: PASSWORD_LENGTH.max,
    },
    session: { expiresIn: 7 * 24 * 60 * 60, updateAge: 24 * 60 * 60 },
    // Ours counts every route alike, see `#http/rate-limit.ts`.
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    // Its lines quote what was typed; what it throws is logged like anything else.
    logger: { disabled: true },
    advanced: {
      cookiePrefix: COOKIE_PREFIX,
      useSecureCookies: url.startsWith('https:'),
      disableCSRFCheck: false,
      disableOriginCheck: false,
      ipAddress: { disableIpTracking: true },
      database: { generateId: 'uuid', validateSchema: false },
    },
  })
}
