import { getRouteApi, Link, Outlet } from '@tanstack/react-router'
import {
  IconBell,
  IconBuilding,
  IconHistory,
  IconKey,
  IconLock,
  IconSend,
  IconStethoscope,
} from '@tabler/icons-react'
import { paths } from '#paths.ts'
import { ownsServer, whyNotManage } from '#pieces/may-manage.ts'
import './settings.css'

const route = getRouteApi('/frame')

/** What surrounds the pages of the installation: the ways this operator may go. */
export function SettingsPage() {
  const { me } = route.useRouteContext()
  const manages = whyNotManage(me) === undefined
  return (
    <div className="settings">
      <nav className="settings-nav" aria-label="Settings">
        {ownsServer(me) ? (
          <Link {...paths.doctor()}>
            <IconStethoscope size={20} stroke={1.75} aria-hidden="true" />
            Doctor
          </Link>
        ) : null}
        <Link {...paths.alerts()}>
          <IconBell size={20} stroke={1.75} aria-hidden="true" />
          Alerts
        </Link>
        {manages ? (
          <>
            <Link {...paths.tenants()}>
              <IconBuilding size={20} stroke={1.75} aria-hidden="true" />
              Tenants
            </Link>
            <Link {...paths.endpoints()}>
              <IconSend size={20} stroke={1.75} aria-hidden="true" />
              Host endpoints
            </Link>
            <Link {...paths.apiKeys()}>
              <IconKey size={20} stroke={1.75} aria-hidden="true" />
              API keys
            </Link>
            <Link {...paths.audit()}>
              <IconHistory size={20} stroke={1.75} aria-hidden="true" />
              Audit log
            </Link>
          </>
        ) : null}
        {ownsServer(me) ? (
          <Link {...paths.encryption()}>
            <IconLock size={20} stroke={1.75} aria-hidden="true" />
            Encryption
          </Link>
        ) : null}
      </nav>
      <Outlet />
    </div>
  )
}
