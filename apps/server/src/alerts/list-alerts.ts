import type { Alert } from '@parley/contract/alert.ts'
import { listOfRows } from '#http/list.ts'
import type { Page } from '#http/list.ts'
import type { Queryable } from '#ports/database.ts'
import { describeAlert } from './describe-alert.ts'
import { selectAlerts } from './store.ts'

/** Alerts, newest first. `tenants`: whose may be looked at; null: everybody's and the installation's own. */
export async function listAlerts(
  db: Queryable,
  input: {
    tenants: readonly string[] | null
    connectionId: string | undefined
    state: 'open' | 'resolved' | undefined
    page: Page
  },
): Promise<{ data: Alert[]; nextCursor: string | null }> {
  const rows = await selectAlerts(db, input)
  return listOfRows(rows, input.page, (row) => ({ at: row.opened_at, id: row.id }), describeAlert)
}
