import { Skeleton } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { LinkProps } from '@tanstack/react-router'
import type { Connection } from '@parley/contract/connection.ts'
import { Refresh } from '#forms/refresh.tsx'
import { Action } from '#ui/action.tsx'
import { Face } from '#ui/face.tsx'
import { Facts } from '#ui/facts.tsx'
import { Moment } from '#ui/moment.tsx'
import { Notice } from '#ui/notice.tsx'
import { Tag } from '#ui/tag.tsx'
import { calendarDate } from '#ui/time.ts'
import { useNow } from '#ui/use-now.ts'
import {
  accountName,
  capabilityRows,
  expiryWords,
  isToConfirm,
  loginWords,
  ownGrants,
  reasonWords,
  statusWords,
} from './connection-words.ts'
import { SelfTestList } from './self-test-list.tsx'
import './connection-card.css'

/** One account: whose, since when, until when, and what to do when something is wrong. */
export function ConnectionCard({
  connection,
  tenantName,
  refused,
  isFresh,
  automation,
  onDisconnect,
  onConfirm,
  onReconnect,
}: {
  connection: Connection
  /** Only given when there is more than one tenant. */
  tenantName: string | undefined
  /** Why this operator cannot change connections. */
  refused: string | undefined
  /** It has just been connected: the self-test is open. */
  isFresh: boolean
  automation: LinkProps
  onDisconnect: () => void
  onConfirm: () => void
  onReconnect: () => void
}) {
  const nowMs = useNow()
  const { account, status, checkedAt, connectedAt, lastEventAt, selfTest } = connection
  const grants = ownGrants(connection)
  const isWaiting = isToConfirm(connection)
  const name = accountName(connection)
  const words = statusWords[status]
  const reason = reasonWords(connection)
  const isLive = status !== 'disconnected' && status !== 'pending'
  const isUsable = status === 'active' || status === 'expiring'
  // Without access they are all off, and the notice above says why.
  const capabilities = isUsable ? capabilityRows(connection) : []
  return (
    <article className="card panel" aria-label={name} data-status={status}>
      <div className="card-head">
        <Face name={account.name ?? name} pictureUrl={account.pictureUrl} size={56} />
        <div className="card-who">
          <p className="card-state" data-tone={words.tone}>
            {words.title}
          </p>
          <h2>{name}</h2>
          {account.name === null ? null : <p className="soft">{account.name}</p>}
        </div>
        <div className="card-acts">
          {isWaiting ? (
            <Action reason={refused} onClick={onConfirm}>
              Confirm
            </Action>
          ) : null}
          {status === 'pending' ? null : (
            <Action
              variant={words.tone === 'good' || isWaiting ? 'default' : 'filled'}
              reason={refused}
              onClick={onReconnect}
            >
              Reconnect
            </Action>
          )}
          {status === 'disconnected' ? null : (
            <Action variant="subtle" color="red" reason={refused} onClick={onDisconnect}>
              Disconnect
            </Action>
          )}
        </div>
      </div>
      {reason === undefined ? null : (
        <Notice tone={words.tone === 'bad' ? 'bad' : 'warn'} title={reason.title}>
          <p>{reason.hint}</p>
        </Notice>
      )}
      {isWaiting && status !== 'pending' ? (
        <Notice tone="warn" title="A new login waits for your confirmation">
          <p>
            Somebody approved by a link that was sent on. Look at the account and press Confirm;
            after a day the login is destroyed.
          </p>
        </Notice>
      ) : null}
      <Facts
        wide
        rows={[
          ...(tenantName === undefined ? [] : [['Tenant', tenantName] as const]),
          ['Since', connectedAt === null ? 'Not yet' : `Connected ${calendarDate(connectedAt)}`],
          ['Login', grants.map(({ login }) => loginWords[login]).join(', ') || 'None'],
          ['Access ends', expiryWords({ status, grants }, nowMs)],
          ...(isLive && checkedAt !== null
            ? [['Checked', <Moment key="checked" at={checkedAt} />] as const]
            : []),
          [
            'Last event',
            lastEventAt === null ? 'None yet' : <Moment key="event" at={lastEventAt} />,
          ],
          ...(capabilities.length === 0
            ? []
            : [['Permissions', <Capabilities key="permissions" rows={capabilities} />] as const]),
        ]}
      />
      {isLive ? (
        <div className="card-more">
          <Link {...automation}>Automation of {name}</Link>
          {isUsable ? <Refresh connectionId={connection.id} refused={refused} /> : null}
        </div>
      ) : null}
      {/* What was true at connecting says nothing of a connection that is lost. */}
      {selfTest === null || !isUsable ? null : (
        <SelfTestList selfTest={selfTest} isOpen={isFresh} />
      )}
    </article>
  )
}

function Capabilities({ rows }: { rows: ReturnType<typeof capabilityRows> }) {
  return (
    <span className="row">
      {rows.map(({ name, state, reason }) => (
        <Tag key={name} tone={state === 'on' ? 'good' : state === 'off' ? 'warn' : 'plain'}>
          {state === 'on' ? name : `${name}: ${reason ?? state}`}
        </Tag>
      ))}
    </span>
  )
}

export function ConnectionCardSkeleton() {
  return (
    <div className="card panel" role="status" aria-label="Loading connections">
      <div className="card-head">
        <Skeleton height={56} width={56} radius="xl" />
        <div className="card-who">
          <Skeleton height={12} width={130} my={4} />
          <Skeleton height={18} width={160} my={4} />
        </div>
      </div>
      <Skeleton height={14} width="55%" />
      <Skeleton height={14} width="45%" />
      <Skeleton height={14} width="60%" />
      <Skeleton height={14} width="35%" />
    </div>
  )
}
