import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { IconBell } from '@tabler/icons-react'
import { alertsQuery } from '#api/settings-queries.ts'
import { paths } from '#paths.ts'
import { AlertRow } from '#pieces/alert-row.tsx'
import { ListOf } from '#pieces/list-of.tsx'
import { Empty } from '#ui/empty.tsx'
import { Filters } from '#ui/filters.tsx'
import { Page } from '#ui/page.tsx'

const route = getRouteApi('/frame/settings/alerts')

/** What a person must know, now or in the past. */
export function AlertsPage() {
  const { state = 'open', tenant } = route.useSearch()
  const { me } = route.useRouteContext()
  const alerts = useInfiniteQuery(alertsQuery(state, tenant))
  return (
    <Page title="Alerts" lead="What a person must know: once per cause, until it is over.">
      <Filters label="Filter alerts">
        {(['open', 'resolved'] as const).map((option) => (
          <Link
            key={option}
            {...paths.alerts({ state: option === 'open' ? undefined : option })}
            activeOptions={{ exact: true, includeSearch: true }}
            aria-current={state === option ? 'true' : undefined}
          >
            {option === 'open' ? 'Open' : 'Past'}
          </Link>
        ))}
      </Filters>
      <ListOf
        list={alerts}
        label="Alerts"
        empty={
          <Empty icon={IconBell} title={state === 'open' ? 'Nothing needs you' : 'None yet'}>
            {state === 'open'
              ? 'When a connection or the installation needs a person, it stands here, in the host’s events and in a mail.'
              : 'Alerts that are over stand here.'}
          </Empty>
        }
      >
        {(alert) => <AlertRow alert={alert} me={me} />}
      </ListOf>
    </Page>
  )
}
