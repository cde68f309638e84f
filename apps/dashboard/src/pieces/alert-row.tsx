import { Link } from '@tanstack/react-router'
import type { Alert, AlertSeverity } from '@parley/contract/alert.ts'
import type { Me } from '@parley/contract/me.ts'
import { paths } from '#paths.ts'
import { Moment } from '#ui/moment.tsx'
import { Tag } from '#ui/tag.tsx'
import type { Tone } from '#ui/tag.tsx'
import { When } from '#ui/when.tsx'
import { tenantName } from './words.ts'

const severities: Readonly<Record<AlertSeverity, { word: string; tone: Tone }>> = {
  info: { word: 'Info', tone: 'blue' },
  warning: { word: 'Warning', tone: 'warn' },
  critical: { word: 'Critical', tone: 'bad' },
}

/** One alert, with the way to what it is about. */
export function AlertRow({ alert, me }: { alert: Alert; me: Me }) {
  const { openedAt, resolvedAt, message, hint, severity, connectionId, tenantId } = alert
  const { word, tone } = severities[severity]
  return (
    <div className="rows-row" data-timed>
      <When at={openedAt} />
      <span className="rows-what">
        <span className="rows-title">{message}</span>
        <span className="small">{hint}</span>
        <span className="small soft">
          {tenantId === null ? 'The whole server' : tenantName(me, tenantId)}
          {resolvedAt === null ? null : (
            <>
              {' '}
              · over <Moment at={resolvedAt} />
            </>
          )}
          {connectionId === null ? null : (
            <>
              {' · '}
              <Link {...paths.connections()}>Show connections</Link>
            </>
          )}
        </span>
      </span>
      {resolvedAt === null ? <Tag tone={tone}>{word}</Tag> : <Tag>Over</Tag>}
    </div>
  )
}
