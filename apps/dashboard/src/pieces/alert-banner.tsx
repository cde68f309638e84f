import { useQuery } from '@tanstack/react-query'
import { Link, useMatch } from '@tanstack/react-router'
import { IconAlertTriangle } from '@tabler/icons-react'
import { openAlertsQuery } from '#api/queries.ts'
import { paths } from '#paths.ts'
import { count } from '#ui/time.ts'
import './alert-banner.css'

/** What needs a person, above every page: the newest in words, the others counted. Nothing when all is well. */
export function AlertBanner() {
  const isAtConnections = useMatch({ from: '/frame/connections', shouldThrow: false }) !== undefined
  const isAtAlerts = useMatch({ from: '/frame/settings/alerts', shouldThrow: false }) !== undefined
  const open = useQuery(openAlertsQuery()).data?.data ?? []
  // There each card tells its own.
  const alerts = isAtConnections ? open.filter((alert) => alert.connectionId === null) : open
  const [newest] = alerts
  const others = alerts.length - 1
  // There every one is told in full.
  if (newest === undefined || isAtAlerts) return null
  return (
    <div className="alert-banner" role="alert" data-severity={newest.severity}>
      <IconAlertTriangle size={18} stroke={1.75} aria-hidden="true" />
      <p>
        <strong>{newest.message}</strong>
        {isAtConnections ? ` ${newest.hint}` : null}
        {others > 0 ? ` And ${count(others, 'more alert')}.` : null}{' '}
        {isAtConnections ? null : <Link {...paths.connections()}>Show connections</Link>}
      </p>
    </div>
  )
}
