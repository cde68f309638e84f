import { NativeSelect } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, Outlet, useMatch, useNavigate } from '@tanstack/react-router'
import { IconInbox, IconPlugConnected, IconSettings, IconWebhook } from '@tabler/icons-react'
import { useSyncExternalStore } from 'react'
import type { Me } from '@parley/contract/me.ts'
import { signOut } from '#api/actions.ts'
import { paths, patterns } from '#paths.ts'
import { AlertBanner } from '#pieces/alert-banner.tsx'
import { AccountMenu } from '#pieces/account-menu.tsx'
import { SchemeSwitch } from '#ui/scheme-switch.tsx'
import { Wordmark } from '#ui/wordmark.tsx'
import './frame.css'

const route = getRouteApi('/frame')

/** Pages without a parameter in their address. */
const topPages = [
  patterns.connections,
  patterns.deliveries,
  patterns.doctor,
  patterns.alerts,
  patterns.tenants,
  patterns.endpoints,
  patterns.apiKeys,
  patterns.audit,
  patterns.encryption,
] as const

/** What surrounds every signed-in page: banner, name, ways, and whether the page is live. */
export function Frame() {
  const { me, live } = route.useRouteContext()
  const isBroken = useSyncExternalStore(live.subscribe, live.isBroken)
  const isInThread = useMatch({ from: '/frame/inbox/$conversationId', shouldThrow: false })
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: () => {
      queryClient.clear()
      return navigate(paths.signIn())
    },
  })
  return (
    <div className="frame" data-thread={isInThread !== undefined || undefined}>
      <a className="frame-skip" href="#content">
        Skip to content
      </a>
      {me.demo ? <DemoBanner simulatorUrl={me.simulatorUrl} /> : null}
      <header className="frame-head">
        <Link {...paths.inbox()} className="frame-home" aria-label="Parley, to the inbox">
          <Wordmark />
        </Link>
        <nav className="frame-nav" aria-label="Main">
          <Link {...paths.inbox()}>
            <IconInbox size={20} stroke={1.75} aria-hidden="true" />
            Inbox
          </Link>
          <Link {...paths.connections()}>
            <IconPlugConnected size={20} stroke={1.75} aria-hidden="true" />
            Connections
          </Link>
          <Link {...paths.deliveries()}>
            <IconWebhook size={20} stroke={1.75} aria-hidden="true" />
            Deliveries
          </Link>
          <Link {...paths.settings()}>
            <IconSettings size={20} stroke={1.75} aria-hidden="true" />
            Settings
          </Link>
        </nav>
        <div className="frame-tools">
          <TenantFilter me={me} />
          <SchemeSwitch />
          <AccountMenu
            name={me.operator.name}
            email={me.operator.email}
            isLeaving={leave.isPending}
            onSignOut={() => {
              leave.mutate()
            }}
          />
        </div>
      </header>
      <AlertBanner />
      <p className="frame-broken" role="status">
        {isBroken ? 'Live updates are interrupted. Reconnecting…' : ''}
      </p>
      <main id="content" className="frame-main" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  )
}

function DemoBanner({ simulatorUrl }: { simulatorUrl: string | null }) {
  return (
    <p className="frame-demo" role="note">
      <span>Demo: Instagram is simulated.</span>
      {simulatorUrl === null ? null : (
        <a href={simulatorUrl} target="_blank" rel="noopener">
          Open the phone
        </a>
      )}
    </p>
  )
}

function TenantFilter({ me }: { me: Me }) {
  const { tenant } = route.useSearch()
  const navigate = useNavigate()
  if (me.tenants.length < 2) return null
  return (
    <NativeSelect
      aria-label="Tenant"
      size="sm"
      className="frame-tenant"
      value={tenant ?? ''}
      data={[
        { value: '', label: 'All tenants' },
        ...me.tenants.map(({ id, name }) => ({ value: id, label: name })),
      ]}
      onChange={(event) => {
        const chosen = event.currentTarget.value
        // A conversation or filter of another tenant makes no sense here: start at the page's top.
        const page =
          topPages.find((top) => window.location.pathname.startsWith(top)) ?? patterns.inbox
        void navigate({ to: page, search: { tenant: chosen === '' ? undefined : chosen } })
      }}
    />
  )
}
