import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { IconDownload, IconHistory } from '@tabler/icons-react'
import { auditQuery } from '#api/settings-queries.ts'
import { AuditFilterForm } from '#forms/audit-filter.tsx'
import { api, paths } from '#paths.ts'
import { AuditRow } from '#pieces/audit-row.tsx'
import { ListOf } from '#pieces/list-of.tsx'
import { Action } from '#ui/action.tsx'
import { Empty } from '#ui/empty.tsx'
import { Page } from '#ui/page.tsx'

const route = getRouteApi('/frame/settings/audit')

/** Who did what, newest first. */
export function AuditPage() {
  const { tenant, ...filter } = route.useSearch()
  const { me } = route.useRouteContext()
  const navigate = useNavigate()
  const entries = useInfiniteQuery(auditQuery({ ...filter, tenantId: tenant }))
  // A file for somebody of some tenants is of one of them.
  const exported = tenant ?? (me.allTenants ? undefined : me.tenants[0]?.id)
  const mustChoose = !me.allTenants && tenant === undefined && me.tenants.length > 1
  const isFiltered = Object.values(filter).some((value) => value !== undefined)
  const icon = <IconDownload size={18} stroke={1.75} aria-hidden="true" />
  return (
    <Page
      title="Audit log"
      lead="Who did what: ids, never content. Each line is chained to the one before it."
      action={
        mustChoose ? (
          <Action variant="default" reason="Choose a tenant above first." leftSection={icon}>
            Export
          </Action>
        ) : (
          <Button
            variant="default"
            leftSection={icon}
            renderRoot={(props) => (
              <a href={api.auditExport({ tenantId: exported })} download {...props} />
            )}
          >
            Export
          </Button>
        )
      }
    >
      <AuditFilterForm
        key={JSON.stringify(filter)}
        filter={filter}
        onFilter={(next) => {
          void navigate(paths.audit(next))
        }}
      />
      <ListOf
        list={entries}
        label="Audit log"
        empty={
          <Empty icon={IconHistory} title="Nothing here">
            {isFiltered ? 'No line is like that.' : 'Whatever somebody does leaves a line here.'}
          </Empty>
        }
      >
        {(entry) => <AuditRow entry={entry} me={me} filter={filter} />}
      </ListOf>
    </Page>
  )
}
