import type { HostEvent } from '@parley/contract/host-event.ts'
import { listOfRows } from '#http/list.ts'
import type { Page } from '#http/list.ts'
import type { Ports } from '#ports/ports.ts'
import { describeEvents } from './describe-events.ts'
import { selectEvents } from './store-events.ts'
import type { EventFilter } from './store-events.ts'

/** Newest first. */
export async function listEvents(
  ports: Pick<Ports, 'db' | 'vault'>,
  visible: readonly string[] | null,
  filter: EventFilter,
  page: Page,
): Promise<{ data: HostEvent[]; nextCursor: string | null }> {
  const rows = await selectEvents(ports.db, visible, filter, page)
  const shown = listOfRows(
    rows,
    page,
    (row) => ({ at: row.created_at, id: row.id }),
    (row) => row,
  )
  return { data: await describeEvents(ports, visible, shown.data), nextCursor: shown.nextCursor }
}
