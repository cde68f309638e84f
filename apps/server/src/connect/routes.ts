import { AppError } from '@parley/contract/app-error.ts'
import { ConnectSessionQuery, ConnectSessionRequest } from '@parley/contract/connect-session.ts'
import { ConfirmRequest } from '@parley/contract/connection.ts'
import { errors } from '@parley/contract/errors.ts'
import type { ErrorCode } from '@parley/contract/errors.ts'
import { LOGINS } from '@parley/instagram/login.ts'
import type { Login } from '@parley/instagram/login.ts'
import { Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { AppContext, AppEnv } from '#http/app-env.ts'
import { requireCaller, visibleTenants } from '#http/caller.ts'
import { rateLimit, showLimit, TokenBuckets } from '#http/rate-limit.ts'
import { body, idParam, query } from '#http/read-body.ts'
import { refusalPage, wantsPage } from '#http/refusal-page.ts'
import type { Ports } from '#ports/ports.ts'
import { beginLogin } from './begin-login.ts'
import { cookieName, readBrowserProofs } from './browser-proof.ts'
import { confirmConnection } from './confirm-connection.ts'
import { createSession } from './create-session.ts'
import { findChoices } from './find-choices.ts'
import { findResult } from './find-result.ts'
import { finishLogin } from './finish-login.ts'
import type { Finished } from './finish-login.ts'
import { leaveTo } from './leave-to.ts'
import { createNoteRefusedLink } from './note-refused-link.ts'
import { openLink } from './open-link.ts'
import { linkPage, pickerPage, refusedPage } from './pages.ts'
import { pickAccount } from './pick-account.ts'
import { readForm } from './read-form.ts'
import { failedPage, resultPage, unknownResultPage } from './result-page.ts'
import { revokeSession } from './revoke-session.ts'
import type { BrowserProof, ConnectHooks, SessionRow, Who } from './schema.ts'
import { serveImport } from './serve-import.ts'
import { serveSheet } from './serve-sheet.ts'

/** A busy clinic behind one address gets by. */
const PAGES = { name: 'connect', burst: 600, perSecond: 30 }
/** Wrong links and callbacks of one address: nobody mistypes that often. */
const WRONG = { name: 'connect-refused', burst: 200, perSecond: 2 }
/** As long as the slowest person takes from the link to the result. */
const COOKIE_SECONDS = 60 * 60

/** The whole way of a connection: the API that starts it, the pages, both callbacks, the confirmation. */
export function connectRoutes(ports: Ports, hooks: ConnectHooks): Hono<AppEnv> {
  const app = new Hono<AppEnv>()
  mountApi(app, ports, hooks)
  mountPages(app, ports, hooks)
  return app
}

function mountApi(app: Hono<AppEnv>, ports: Ports, hooks: ConnectHooks): void {
  app.post('/v1/connect-sessions', async (c) => {
    const caller = requireCaller(c, { scope: 'connect', jwt: true })
    const request = await body(c, ConnectSessionRequest)
    const made = await createSession(ports, { caller, request, who: whoOf(c, caller.actor) })
    return c.json({ id: made.id, url: made.url, expiresAt: made.expiresAt }, 201)
  })

  app.delete('/v1/connect-sessions/:id', async (c) => {
    const caller = requireCaller(c, { scope: 'connect', jwt: true })
    const id = idParam(c, 'id', 'http/not-found')
    const who = whoOf(c, caller.actor)
    await revokeSession(ports, { id, tenants: visibleTenants(caller), who })
    return c.body(null, 204)
  })

  app.get('/v1/instagram/connect', async (c) => {
    const caller = requireCaller(c, { scope: 'connect', jwt: true })
    const who = whoOf(c, caller.actor)
    try {
      const request = query(c, ConnectSessionQuery)
      const made = await createSession(ports, { caller, request, who })
      if (caller.kind !== 'operator') {
        return c.json({ id: made.id, url: made.url, expiresAt: made.expiresAt })
      }
      // Another site may send an operator here; only our own pages may skip the page that says who asks.
      const isOwn = c.req.header('sec-fetch-site') === 'same-origin'
      if (request.login === undefined || !isOwn) return c.redirect(made.url, 302)
      return await depart(c, ports, await openLink(ports, made.link), undefined, 302)
    } catch (error) {
      if (!(error instanceof AppError) || caller.kind !== 'operator' || !wantsPage(c)) throw error
      return await refusalPage(c, error)
    }
  })

  app.post('/v1/connections/:id/confirm', async (c) => {
    const caller = requireCaller(c, { scope: 'connect', jwt: true })
    const id = idParam(c, 'id', 'connections/not-found')
    const { code } = await body(c, ConfirmRequest)
    const who = whoOf(c, caller.actor)
    return c.json(await confirmConnection(ports, hooks, { id, code, caller, who }))
  })

  app.post('/v1/connections/import', async (c) => await serveImport(c, ports, hooks))
}

function mountPages(app: Hono<AppEnv>, ports: Ports, hooks: ConnectHooks): void {
  const wrong = new TokenBuckets(WRONG, ports.clock)
  const limit = rateLimit(PAGES, ports.clock)
  const noteRefused = createNoteRefusedLink(ports)
  const noted = (work: (c: AppContext) => Promise<Response>) => async (c: AppContext) => {
    try {
      return await work(c)
    } catch (error) {
      if (error instanceof AppError && error.code === 'connect/link-expired') {
        await noteRefused(c.req.param('link') ?? '', whoOf(c, 'anonymous'))
      }
      throw error
    }
  }
  const guarded = (work: (c: AppContext) => Promise<Response>) => async (c: AppContext) => {
    if (wrong.left(c.var.address) < 1) {
      showLimit(c, WRONG, 0)
      throw new AppError('http/rate-limited', { retryAfterSeconds: 1 / WRONG.perSecond })
    }
    const response = await asPage(c, work)
    if (response.status >= 400) wrong.take(c.var.address)
    return response
  }

  app.get('/connect/assets/pages.css', serveSheet)
  app.get(
    '/connect/pick/:id',
    limit,
    guarded(async (c) => await showPicker(c, ports, false)),
  )
  app.post(
    '/connect/pick/:id',
    limit,
    guarded(async (c) => await takePick(c, ports, hooks)),
  )
  app.get(
    '/connect/result/:id',
    limit,
    guarded(async (c) => await showResult(c, ports)),
  )
  app.get('/connect/:link', limit, guarded(noted(async (c) => await showLink(c, ports))))
  app.post('/connect/:link', limit, guarded(noted(async (c) => await leaveLink(c, ports))))
  for (const login of LOGINS) {
    app.get(
      `/oauth/${login}/callback`,
      limit,
      guarded(async (c) => await comeBack(c, ports, hooks, login)),
    )
  }
}

async function showLink(c: AppContext, ports: Ports): Promise<Response> {
  const opened = await openLink(ports, c.req.param('link') ?? '')
  const { session } = opened
  // A preview looks; it does not go on.
  const isPreview =
    c.req.method === 'HEAD' || (c.req.header('sec-purpose') ?? '').includes('prefetch')
  if (session.direct && !isPreview) return await depart(c, ports, opened, undefined, 302)
  // A cookie before the form is sent: a double click then comes from one browser, not from two.
  const name = cookieName(ports.config, session.id)
  if (!proofsOf(c, ports).some((proof) => proof.name === name)) {
    setBrowserProof(c, ports, { name, value: ports.random.bytes(32).toString('base64url') })
  }
  return await linkPage(c, ports.config, opened)
}

async function leaveLink(c: AppContext, ports: Ports): Promise<Response> {
  const form = await readForm(c, ports.config, proofsOf(c, ports).length > 0)
  const named = form.get('login')
  const login = LOGINS.find((each) => each === named)
  const opened = await openLink(ports, c.req.param('link') ?? '')
  return await depart(c, ports, opened, login, 303)
}

/** Off to Meta, with the cookie that must come back. */
async function depart(
  c: AppContext,
  ports: Ports,
  opened: { session: SessionRow },
  login: Login | undefined,
  status: 302 | 303,
): Promise<Response> {
  const { session } = opened
  const { authorizeUrl, cookie } = await beginLogin(ports, {
    session,
    login,
    proofs: proofsOf(c, ports),
    who: whoOf(c, session.created_by),
  })
  setBrowserProof(c, ports, cookie)
  return c.redirect(authorizeUrl, status)
}

async function comeBack(
  c: AppContext,
  ports: Ports,
  hooks: ConnectHooks,
  login: Login,
): Promise<Response> {
  // Whoever only asks whether there is something must not use up the state.
  if (c.req.method === 'HEAD') return c.body(null, 204)
  const finished = await finishLogin(ports, hooks, {
    login,
    query: new URL(c.req.url).searchParams,
    proofs: proofsOf(c, ports),
    address: c.var.address,
    requestId: c.var.requestId,
  })
  return await follow(c, ports, finished)
}

async function follow(c: AppContext, ports: Ports, finished: Finished): Promise<Response> {
  switch (finished.kind) {
    case 'untrusted':
      return await refusedPage(c, finished.code, finished)
    case 'pick':
      // Away from the address that carries the code.
      return c.redirect(`/connect/pick/${finished.stateId}`, 303)
    case 'left':
      return c.redirect(
        await leaveTo(ports, finished.session, finished.stateId, finished.result),
        303,
      )
  }
}

async function showPicker(
  c: AppContext,
  ports: Ports,
  isChoiceMissing: boolean,
): Promise<Response> {
  const stateId = c.req.param('id') ?? ''
  const { choices, session } = await findChoices(ports, { stateId, proofs: proofsOf(c, ports) })
  return await pickerPage(c, { choices, returnUrl: session.return_url, isChoiceMissing })
}

async function takePick(c: AppContext, ports: Ports, hooks: ConnectHooks): Promise<Response> {
  const form = await readForm(c, ports.config, proofsOf(c, ports).length > 0)
  const finished = await pickAccount(ports, hooks, {
    stateId: c.req.param('id') ?? '',
    proofs: proofsOf(c, ports),
    choice: form.get('account') ?? '',
    address: c.var.address,
    requestId: c.var.requestId,
  })
  return finished === undefined
    ? await showPicker(c, ports, true)
    : await follow(c, ports, finished)
}

async function showResult(c: AppContext, ports: Ports): Promise<Response> {
  if (c.req.query('connected') === '1') {
    const stateId = c.req.param('id') ?? ''
    const result = await findResult(ports, { stateId, proofs: proofsOf(c, ports) })
    return result === undefined ? await unknownResultPage(c) : await resultPage(c, result)
  }
  const code = c.req.query('error') ?? ''
  return await failedPage(c, isErrorCode(code) ? code : 'connect/exchange-failed')
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errors, code)

/** A refusal on these paths is always a page: people open them, whatever they say they accept. */
async function asPage(
  c: AppContext,
  work: (c: AppContext) => Promise<Response>,
): Promise<Response> {
  try {
    return await work(c)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return await refusedPage(c, error.code)
  }
}

const proofsOf = (c: AppContext, ports: Ports): BrowserProof[] =>
  readBrowserProofs(ports.config, getCookie(c))

const whoOf = (c: AppContext, actor: string): Who => ({
  actor,
  address: c.var.address,
  requestId: c.var.requestId,
})

function setBrowserProof(c: AppContext, ports: Ports, proof: BrowserProof): void {
  setCookie(c, proof.name, proof.value, {
    httpOnly: true,
    sameSite: 'Lax',
    path: '/',
    secure: ports.config.url.startsWith('https:'),
    maxAge: COOKIE_SECONDS,
  })
}
