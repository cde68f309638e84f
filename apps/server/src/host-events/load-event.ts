import { AppError } from '@parley/contract/app-error.ts'
import type { HostEvent } from '@parley/contract/host-event.ts'
import type { Ports } from '#ports/ports.ts'
import { describeEvents } from './describe-events.ts'
import { selectEvent } from './store-events.ts'

/** @throws AppError `host-events/not-found`. */
export async function loadEvent(
  ports: Pick<Ports, 'db' | 'vault'>,
  visible: readonly string[] | null,
  id: string,
): Promise<HostEvent> {
  const row = await selectEvent(ports.db, visible, id)
  const [event] = row === undefined ? [] : await describeEvents(ports, visible, [row])
  if (event === undefined) throw new AppError('host-events/not-found')
  return event
}
