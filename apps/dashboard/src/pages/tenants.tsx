import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { IconBuilding } from '@tabler/icons-react'
import { tenantsQuery } from '#api/settings-queries.ts'
import { paths } from '#paths.ts'
import { ListOf } from '#pieces/list-of.tsx'
import { retentionWords } from '#pieces/words.ts'
import { Empty } from '#ui/empty.tsx'
import { Page } from '#ui/page.tsx'

/** The host's customers, under its own ids. */
export function TenantsPage() {
  const tenants = useInfiniteQuery(tenantsQuery())
  return (
    <Page title="Tenants" lead="Your customers, under your own ids.">
      <ListOf
        list={tenants}
        label="Tenants"
        empty={
          <Empty icon={IconBuilding} title="No tenant yet">
            Your server makes one with PUT /v1/tenants/&#123;tenantId&#125;.
          </Empty>
        }
      >
        {(tenant) => (
          <Link {...paths.tenant(tenant.id)} className="rows-row">
            <span className="rows-what">
              <span className="rows-title">{tenant.name}</span>
              <span className="small soft">
                {tenant.id} · {retentionWords(tenant.retention)}
              </span>
            </span>
          </Link>
        )}
      </ListOf>
    </Page>
  )
}
