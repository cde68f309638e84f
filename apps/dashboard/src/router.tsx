import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  Outlet,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router'
import { z } from 'zod'
import { ConversationStatus } from '@parley/contract/conversation.ts'
import { DeliveryState } from '@parley/contract/delivery.ts'
import { MetaCallKind } from '@parley/contract/meta-call.ts'
import type { LiveStream } from '#api/live.ts'
import { meQuery } from '#api/queries.ts'
import { Refusal } from '#api/refusal.ts'
import { AlertsPage } from '#pages/alerts.tsx'
import { ApiKeysPage } from '#pages/api-keys.tsx'
import { AuditPage } from '#pages/audit.tsx'
import { AutomationPage } from '#pages/automation.tsx'
import { ConnectionsPage } from '#pages/connections.tsx'
import { ConversationPage } from '#pages/conversation.tsx'
import { DeliveriesPage } from '#pages/deliveries.tsx'
import { DeliveryPage } from '#pages/delivery.tsx'
import { DoctorPage } from '#pages/doctor.tsx'
import { EncryptionPage } from '#pages/encryption.tsx'
import { EndpointPage } from '#pages/endpoint.tsx'
import { EndpointsPage } from '#pages/endpoints.tsx'
import { Frame } from '#pages/frame.tsx'
import { InboxPage, NoConversation } from '#pages/inbox.tsx'
import { Missing } from '#pages/missing.tsx'
import { Opening } from '#pages/opening.tsx'
import { SettingsPage } from '#pages/settings.tsx'
import { SignInPage } from '#pages/sign-in.tsx'
import { TenantPage } from '#pages/tenant.tsx'
import { TenantsPage } from '#pages/tenants.tsx'
import { Trouble } from '#pages/trouble.tsx'
import { WelcomePage } from '#pages/welcome.tsx'
import { onlyManagers, onlyOwners } from '#pages/settings-guard.ts'
import { ownsServer } from '#pieces/may-manage.ts'
import { paths, patterns } from './paths.ts'

export type RouterContext = { queryClient: QueryClient; live: LiveStream }

/** A word of the URL nobody here knows is left out, never an error page. */
const word = z.string().optional().catch(undefined)

const root = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: Missing,
  errorComponent: Trouble,
  pendingComponent: Opening,
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: patterns.signIn,
  validateSearch: z.object({ from: word }),
  component: SignInPage,
})

const welcome = createRoute({
  getParentRoute: () => root,
  path: patterns.welcome,
  component: WelcomePage,
})

/** Every page behind the sign-in. The stream lives exactly as long as one of them is open. */
const frame = createRoute({
  getParentRoute: () => root,
  id: 'frame',
  validateSearch: z.object({ tenant: word }),
  search: { middlewares: [retainSearchParams(['tenant'])] },
  beforeLoad: async ({ context, location }) => {
    try {
      const me = await context.queryClient.ensureQueryData(meQuery())
      return { me }
    } catch (error) {
      if (!(error instanceof Refusal) || error.problem.status !== 401) throw error
      throw redirect({ ...paths.signIn(location.href), replace: true })
    }
  },
  onEnter: ({ context }) => {
    context.live.start()
  },
  onLeave: ({ context }) => {
    context.live.stop()
  },
  component: Frame,
})

const home = createRoute({
  getParentRoute: () => frame,
  path: patterns.home,
  beforeLoad: () => {
    throw redirect({ ...paths.inbox(), replace: true })
  },
})

const inbox = createRoute({
  getParentRoute: () => frame,
  path: patterns.inbox,
  validateSearch: z.object({
    status: ConversationStatus.optional().catch(undefined),
    connection: word,
  }),
  component: InboxPage,
})

const noConversation = createRoute({
  getParentRoute: () => inbox,
  path: '/',
  component: NoConversation,
})

const conversation = createRoute({
  getParentRoute: () => inbox,
  path: '$conversationId',
  validateSearch: z.object({ details: z.literal('1').optional().catch(undefined) }),
  component: ConversationPage,
})

const connections = createRoute({
  getParentRoute: () => frame,
  path: patterns.connections,
  validateSearch: z.object({
    // Meta's way back, as the contract names it.
    connected: z.enum(['0', '1']).optional().catch(undefined),
    connection_id: word,
    error: word,
    confirm: word,
    // The open dialog.
    disconnect: word,
    confirming: word,
  }),
  component: ConnectionsPage,
})

const automation = createRoute({
  getParentRoute: () => frame,
  path: patterns.automation,
  component: AutomationPage,
})

const deliveries = createRoute({
  getParentRoute: () => frame,
  path: patterns.deliveries,
  validateSearch: z.object({ state: DeliveryState.optional().catch(undefined) }),
  component: DeliveriesPage,
})

const delivery = createRoute({
  getParentRoute: () => frame,
  path: patterns.delivery,
  component: DeliveryPage,
})

const settings = createRoute({
  getParentRoute: () => frame,
  path: patterns.settings,
  component: SettingsPage,
})

const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: '/',
  beforeLoad: ({ context }) => {
    throw redirect({ ...(ownsServer(context.me) ? paths.doctor() : paths.alerts()), replace: true })
  },
})

const doctor = createRoute({
  getParentRoute: () => settings,
  path: 'doctor',
  beforeLoad: onlyOwners,
  validateSearch: z.object({
    show: z
      .enum([...MetaCallKind.options, 'refused'])
      .optional()
      .catch(undefined),
  }),
  component: DoctorPage,
})

const endpoints = createRoute({
  getParentRoute: () => settings,
  path: 'endpoints',
  beforeLoad: onlyManagers,
  component: EndpointsPage,
})

const endpoint = createRoute({
  getParentRoute: () => settings,
  path: 'endpoints/$endpointId',
  beforeLoad: onlyManagers,
  validateSearch: z.object({
    state: z.enum(['pending', 'delivered', 'failed']).optional().catch(undefined),
  }),
  component: EndpointPage,
})

const apiKeys = createRoute({
  getParentRoute: () => settings,
  path: 'api-keys',
  beforeLoad: onlyManagers,
  component: ApiKeysPage,
})

const tenants = createRoute({
  getParentRoute: () => settings,
  path: 'tenants',
  beforeLoad: onlyManagers,
  component: TenantsPage,
})

const tenant = createRoute({
  getParentRoute: () => settings,
  path: 'tenants/$tenantId',
  beforeLoad: onlyManagers,
  component: TenantPage,
})

const alerts = createRoute({
  getParentRoute: () => settings,
  path: 'alerts',
  validateSearch: z.object({ state: z.literal('resolved').optional().catch(undefined) }),
  component: AlertsPage,
})

const audit = createRoute({
  getParentRoute: () => settings,
  path: 'audit',
  beforeLoad: onlyManagers,
  validateSearch: z.object({ action: word, actor: word, subject: word }),
  component: AuditPage,
})

const encryption = createRoute({
  getParentRoute: () => settings,
  path: 'encryption',
  beforeLoad: onlyOwners,
  component: EncryptionPage,
})

const routeTree = root.addChildren([
  signIn,
  welcome,
  frame.addChildren([
    home,
    inbox.addChildren([noConversation, conversation]),
    connections,
    automation,
    deliveries,
    delivery,
    settings.addChildren([
      settingsHome,
      doctor,
      endpoints,
      endpoint,
      apiKeys,
      tenants,
      tenant,
      alerts,
      audit,
      encryption,
    ]),
  ]),
])

export function createDashboardRouter(context: RouterContext) {
  return createRouter({
    routeTree,
    context,
    // Plain `?name=value`: an id of digits stays a string, and Meta's way back is read as it is.
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const params = new URLSearchParams()
      for (const [name, value] of Object.entries(search)) {
        if (typeof value === 'string') params.set(name, value)
      }
      const text = params.toString()
      return text === '' ? '' : `?${text}`
    },
    defaultPendingMs: 200,
    defaultPendingComponent: Opening,
    scrollRestoration: true,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createDashboardRouter>
  }
}
