import { ApiKeyQuery, ApiKeyRequest } from '@parley/contract/api-key.ts'
import { AppError } from '@parley/contract/app-error.ts'
import { SignInRequest, WelcomeRequest } from '@parley/contract/operator.ts'
import type { SignedIn, Welcome } from '@parley/contract/operator.ts'
import { Hono } from 'hono'
import type { AppContext, AppEnv } from '#http/app-env.ts'
import { maySee, requireCaller, TOKEN_SCOPES, visibleTenants } from '#http/caller.ts'
import { pageOf } from '#http/list.ts'
import { rateLimit } from '#http/rate-limit.ts'
import { body, idParam, query } from '#http/read-body.ts'
import type { Ports } from '#ports/ports.ts'
import { createApiKey } from './create-api-key.ts'
import { describeMe } from './describe-me.ts'
import { listApiKeys } from './list-api-keys.ts'
import type { OperatorSessions } from './operator-sessions.ts'
import { revokeApiKey } from './revoke-api-key.ts'
import { recordSignIn } from './record-sign-in.ts'
import { refuseForeignSite } from './same-origin.ts'
import { welcomeOperator } from './welcome-operator.ts'

/** A person who mistypes gets by; a machine that guesses does not. */
const SIGN_IN = { name: 'sign-in', burst: 20, perSecond: 0.2 }

type AccessPorts = Pick<Ports, 'db' | 'clock' | 'random' | 'config'>

export function accessRoutes(ports: AccessPorts, sessions: OperatorSessions): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.get('/v1/me', async (c) => {
    const { caller } = c.var
    // A key or a user JWT is nobody who could sign in.
    if (caller?.kind !== 'operator') throw c.var.refusal ?? new AppError('auth/required')
    return c.json(await describeMe(ports, caller))
  })

  app.post('/v1/api-keys', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    const request = await body(c, ApiKeyRequest)
    const tenantId = request.tenantId ?? null
    if (tenantId === null && visibleTenants(caller) !== null) {
      throw new AppError('auth/scope-missing', { detail: 'Name one of your tenants.' })
    }
    if (tenantId !== null && !maySee(caller, tenantId)) throw new AppError('tenants/not-found')
    // No key makes one that may do more than it may itself.
    if (caller.kind === 'key' && request.scopes.some((scope) => !caller.scopes.has(scope))) {
      throw new AppError('auth/scope-missing', { detail: 'A key hands on only scopes it has.' })
    }
    // A token never goes to a browser, so only who owns the server may make what fetches it.
    const isOwner = caller.kind !== 'operator' || caller.role === 'owner'
    if (!isOwner && request.scopes.some((scope) => TOKEN_SCOPES.has(scope))) {
      throw new AppError('auth/scope-missing', {
        detail: 'Only owners make keys that reach tokens.',
      })
    }
    return c.json(await createApiKey(ports, request, { actor: caller.actor, ...trace(c) }), 201)
  })

  app.get('/v1/api-keys', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    const page = pageOf(query(c, ApiKeyQuery))
    return c.json(await listApiKeys(ports.db, visibleTenants(caller), page))
  })

  app.delete('/v1/api-keys/:id', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    const id = idParam(c, 'id', 'auth/key-not-found')
    return c.json(
      await revokeApiKey(ports, id, visibleTenants(caller), { actor: caller.actor, ...trace(c) }),
    )
  })

  return app.route('/', signInRoutes(ports, sessions))
}

/** Without a caller: this is how one becomes one. */
function signInRoutes(ports: AccessPorts, sessions: OperatorSessions): Hono<AppEnv> {
  const app = new Hono<AppEnv>()
  const limit = rateLimit(SIGN_IN, ports.clock)

  app.post('/v1/welcome', limit, async (c) => {
    refuseForeignSite(c, ports.config)
    const request = await body(c, WelcomeRequest)
    const { role } = await welcomeOperator(ports, request, trace(c))
    const { operator, cookies } = await sessions.signIn(request.email, request.password)
    return c.json({ operator, role } satisfies Welcome, 201, setCookies(cookies))
  })

  app.post('/auth/sign-in/email', limit, async (c) => {
    refuseForeignSite(c, ports.config)
    const { email, password } = await body(c, SignInRequest)
    const { operator, cookies } = await sessions.signIn(email, password)
    await recordSignIn(ports, operator, trace(c))
    return c.json({ operator } satisfies SignedIn, 200, setCookies(cookies))
  })

  app.post('/auth/sign-out', async (c) => {
    refuseForeignSite(c, ports.config)
    const { cookies } = await sessions.signOut(c.req.raw.headers)
    return c.json({ signedOut: true }, 200, setCookies(cookies))
  })

  return app
}

function trace(c: AppContext): { address: string; requestId: string } {
  return { address: c.var.address, requestId: c.var.requestId }
}

function setCookies(cookies: string[]): Record<string, string[]> {
  return { 'Set-Cookie': cookies }
}
