import { AppError } from '@parley/contract/app-error.ts'
import { Hono } from 'hono'
import { cors, CORS_ROUTES } from '#access/cors.ts'
import { idempotency } from '#access/idempotency.ts'
import { identify } from '#access/identify.ts'
import { openOperatorSessions } from '#access/operator-sessions.ts'
import { accessRoutes } from '#access/routes.ts'
import { alertRoutes } from '#alerts/routes.ts'
import { auditRoutes } from '#audit/routes.ts'
import { checkAutomation } from '#automation/check-automation.ts'
import { copyDefaultAutomation } from '#automation/copy-default-automation.ts'
import { openFields } from '#automation/open-fields.ts'
import { automationRoutes } from '#automation/routes.ts'
import { connectRoutes } from '#connect/routes.ts'
import { connectionRoutes } from '#connections/routes.ts'
import { conversationRoutes } from '#conversations/routes.ts'
import { hostEventRoutes } from '#host-events/routes.ts'
import type { AppContext, AppEnv, AppMiddleware } from '#http/app-env.ts'
import { callerKey } from '#http/caller.ts'
import { createDashboard } from '#http/dashboard.ts'
import { documentRoutes } from '#http/documents.ts'
import { envelope } from '#http/envelope.ts'
import { createMethodReader, methodNotAllowed } from '#http/not-found.ts'
import { problem, problemOfThrown, refusalOf } from '#http/problem.ts'
import { rateLimit } from '#http/rate-limit.ts'
import { refusalPage, wantsPage } from '#http/refusal-page.ts'
import { securityHeaders } from '#http/security-headers.ts'
import { streamRoutes } from '#http/stream.ts'
import { refuseTokenInUrl } from '#http/token-in-url.ts'
import { doctorRoutes, operatingRoutes } from '#operating/routes.ts'
import { readCertificate } from '#ports/certificate.ts'
import { createMetaHttp } from '#ports/meta-http.ts'
import { keyRoutes } from '#keys/routes.ts'
import type { Ports } from '#ports/ports.ts'
import { forgetRoutes, privacyRoutes } from '#privacy/routes.ts'
import { makeSendTaker } from '#replies/make-send-taker.ts'
import { replyRoutes } from '#replies/routes.ts'
import { tokenRoutes } from '#tokens/routes.ts'
import { deliveryRoutes, webhookRoutes } from '#webhooks/routes.ts'
import { tenantRoutes } from '#tenants/routes.ts'

/** One caller may be busy, not boundless. */
const CALLER_LIMIT = { name: 'caller', burst: 5_000, perSecond: 500 }

/** The HTTP side of Parley, as one function from request to answer. Does not listen. */
export function createApp(ports: Ports): Hono<AppEnv> {
  const app = new Hono<AppEnv>()
  mountMiddleware(app, ports)
  mountRoutes(app, ports)

  app.onError(async (error, c) => await refuse(c, error, ports))
  const methodsOf = createMethodReader(app)
  const dashboard = createDashboard(ports)
  app.notFound(async (c: AppContext) => {
    const allowed = methodsOf(c.req.path)
    if (allowed.length > 0 && !allowed.includes(c.req.method)) return methodNotAllowed(c, allowed)
    return (await dashboard(c)) ?? problem(c, new AppError('http/not-found'))
  })
  return app
}

/** What a process without the HTTP side answers: whether it is well, and what it counts. */
export function createProbeApp(ports: Ports): Hono<AppEnv> {
  return operatingRoutes(ports)
}

/** Meta's calls carry nothing but the envelope: they are answered in milliseconds or not at all. */
const isWebhook = (c: AppContext): boolean => c.req.path.startsWith('/webhooks/')

function mountMiddleware(app: Hono<AppEnv>, ports: Ports): void {
  app.use(envelope(ports))
  app.use(unless(isWebhook, securityHeaders({ https: ports.config.url.startsWith('https:') })))

  const sessions = openOperatorSessions(ports)
  app.use('/v1/*', identify(ports, sessions))
  for (const [path, method] of CORS_ROUTES) app.use(path, cors(ports, method))
  // Behind CORS, so that a page can read why it was refused.
  app.use('/v1/*', refuseTokenInUrl())
  app.use(
    '/v1/*',
    rateLimit(CALLER_LIMIT, ports.clock, ({ var: { caller } }) => caller && callerKey(caller)),
  )
  app.use('/v1/*', unless(isOnlyOnce, idempotency(ports)))
  app.route('/', accessRoutes(ports, sessions))
}

/** Their answers hold a secret that is shown once, so they are not kept. */
const isOnlyOnce = (c: AppContext): boolean =>
  c.req.path === '/v1/api-keys' ||
  c.req.path === '/v1/welcome' ||
  c.req.path === '/v1/doctor/verify-token' ||
  c.req.path === '/v1/host-endpoints' ||
  c.req.path.endsWith('/roll-secret')

function mountRoutes(app: Hono<AppEnv>, ports: Ports): void {
  app.route('/', webhookRoutes(ports))
  app.route('/', deliveryRoutes(ports))
  app.route('/', operatingRoutes(ports))
  app.route('/', doctorRoutes(ports, { http: createMetaHttp(), readCertificate }))
  app.route('/', keyRoutes(ports))
  app.route('/', auditRoutes(ports))
  app.route('/', alertRoutes(ports))
  app.route('/', hostEventRoutes(ports))
  app.route('/', tenantRoutes(ports, { checkAutomation }))
  app.route(
    '/',
    connectRoutes(ports, {
      onFirstConnect: async (db, connection) => await copyDefaultAutomation(ports, db, connection),
    }),
  )
  app.route('/', connectionRoutes(ports))
  app.route('/', tokenRoutes(ports, { takeSend: makeSendTaker(ports) }))
  app.route('/', conversationRoutes(ports, { openFields }))
  app.route('/', automationRoutes(ports))
  app.route('/', replyRoutes(ports))
  app.route('/', forgetRoutes(ports))
  app.route('/', privacyRoutes(ports))
  app.route('/', streamRoutes(ports))
  app.route('/', documentRoutes(ports))
}

/** Only people come here, whatever their browser says it accepts. */
const isForPeople = (c: AppContext): boolean =>
  /^\/(connect|oauth|data-deletion)\//.test(c.req.path)

/** People get a page, programs a problem document. */
async function refuse(c: AppContext, error: unknown, ports: Ports): Promise<Response> {
  const isPage = isForPeople(c) || (wantsPage(c) && !c.req.path.startsWith('/v1/'))
  return isPage
    ? await refusalPage(c, refusalOf(c, error, ports.log))
    : problemOfThrown(c, error, ports.log)
}

function unless(test: (c: AppContext) => boolean, middleware: AppMiddleware): AppMiddleware {
  return async (c, next) => (test(c) ? await next() : await middleware(c, next))
}
