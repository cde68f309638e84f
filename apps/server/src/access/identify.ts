import { AppError } from '@parley/contract/app-error.ts'
import type { AppContext, AppMiddleware } from '#http/app-env.ts'
import { showLimit, TokenBuckets } from '#http/rate-limit.ts'
import type { Ports } from '#ports/ports.ts'
import { callerOfOperator, findBearer } from './find-caller.ts'
import type { OperatorSessions } from './operator-sessions.ts'
import { createHostJwtReader } from './read-host-jwt.ts'
import { refuseForeignOrigin } from './same-origin.ts'

/** Wrong credentials of one address: enough for a person's mistakes, too few to guess. */
const FAILURES = { name: 'failed-credentials', burst: 200, perSecond: 5 }

/**
 * Finds who calls and leaves it to `requireCaller` to refuse: public routes answer whoever asks.
 * With a bearer token no cookie is looked at.
 */
export function identify(
  ports: Pick<Ports, 'db' | 'clock' | 'config'>,
  sessions: OperatorSessions,
): AppMiddleware {
  const readHostJwt = createHostJwtReader(ports)
  const failures = new TokenBuckets(FAILURES, ports.clock)

  const byBearer = async (c: AppContext, authorization: string): Promise<void> => {
    try {
      const token = /^Bearer +([\x21-\x7e]{1,8192})$/i.exec(authorization)?.[1]
      if (token === undefined) throw new AppError('auth/invalid-key')
      c.set('caller', await findBearer(ports, token, readHostJwt))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const { waitSeconds } = failures.take(c.var.address)
      if (waitSeconds > 0) showLimit(c, FAILURES, 0)
      c.set(
        'refusal',
        waitSeconds > 0
          ? new AppError('http/rate-limited', { retryAfterSeconds: waitSeconds })
          : error,
      )
    }
  }

  const bySession = async (c: AppContext): Promise<string[]> => {
    const found = await sessions.find(c.req.raw.headers)
    if (found === undefined) return []
    const foreign = refuseForeignOrigin(c, ports.config)
    if (foreign === undefined) c.set('caller', await callerOfOperator(ports, found.operator))
    else c.set('refusal', foreign)
    return found.cookies
  }

  return async (c, next) => {
    const authorization = c.req.header('authorization')
    let cookies: string[] = []
    if (authorization !== undefined) await byBearer(c, authorization)
    else if (c.req.header('cookie') !== undefined) cookies = await bySession(c)
    await next()
    if (c.res.headers.has('set-cookie')) return
    for (const cookie of cookies) c.res.headers.append('set-cookie', cookie)
  }
}
