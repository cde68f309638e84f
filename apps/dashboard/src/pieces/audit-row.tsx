import { Link } from '@tanstack/react-router'
import type { AuditEntry } from '@parley/contract/audit.ts'
import type { Me } from '@parley/contract/me.ts'
import { paths } from '#paths.ts'
import type { AuditFilter } from '#paths.ts'
import { When } from '#ui/when.tsx'
import { tenantName } from './words.ts'
import './audit-row.css'

/** One line of the log. Each word that can be asked for leads to the lines that share it. */
export function AuditRow({
  entry,
  me,
  filter,
}: {
  entry: AuditEntry
  me: Me
  filter: AuditFilter
}) {
  const { at, actor, action, tenantId, subjectId, purpose, address, detail } = entry
  const more = [
    ...(tenantId === null ? [] : [tenantName(me, tenantId)]),
    ...(purpose === null ? [] : [`for ${purpose}`]),
    ...Object.entries(detail ?? {}).flatMap(([name, value]) =>
      value === null ? [] : [`${name}: ${String(value)}`],
    ),
    ...(address === null ? [] : [`from ${address}`]),
  ]
  return (
    <div className="rows-row" data-timed>
      <When at={at} />
      <span className="rows-what">
        <span className="rows-title">
          <Link {...paths.audit({ ...filter, action })} className="audit-link">
            {action}
          </Link>
        </span>
        <span className="small">
          by{' '}
          <Link {...paths.audit({ ...filter, actor })} className="audit-link">
            {actorWords(actor, me)}
          </Link>
          {subjectId === null ? null : (
            <>
              {' on '}
              <Link {...paths.audit({ ...filter, subject: subjectId })} className="audit-link">
                {subjectId}
              </Link>
            </>
          )}
        </span>
        {more.length === 0 ? null : (
          <span className="small soft audit-detail">
            {more.map((word) => (
              <span key={word}>{word}</span>
            ))}
          </span>
        )}
      </span>
    </div>
  )
}

const actorWords = (actor: string, { operator }: Me): string =>
  actor === `operator:${operator.id}` ? `${operator.name} (you)` : actor
