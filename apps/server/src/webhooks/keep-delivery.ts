import { AppError } from '@parley/contract/app-error.ts'
import { GroupCommit, GroupFull } from '#ports/group-commit.ts'
import type { Ports } from '#ports/ports.ts'
import { noteAcksInHand } from './acks-in-hand.ts'
import { insertDeliveries } from './store.ts'
import type { NewDelivery } from './store.ts'

const FLUSH_ITEMS_MAX = 256
const FLUSH_BYTES_MAX = 8 * 1024 * 1024
const WAITING_BYTES_MAX = 64 * 1024 * 1024

/** Meta waits five seconds. Who answers later is asked again anyway, and holds the body for nothing. */
const KEEP_MS_MAX = 4_000

export type KeepDelivery = (body: Uint8Array, signedWith: string) => Promise<void>

/**
 * Keeps what Meta sent, whatever it is. Resolves when it is committed; deliveries that arrive together share a commit.
 * The stored row is the job: a worker takes it from there.
 *
 * The returned function throws AppError `http/unavailable` when nothing could be written: Meta repeats.
 */
export function createKeepDelivery(
  ports: Pick<
    Ports,
    'db' | 'vault' | 'clock' | 'random' | 'signals' | 'metrics' | 'measures' | 'log'
  >,
): KeepDelivery {
  const group = new GroupCommit<NewDelivery>(
    {
      itemsMax: FLUSH_ITEMS_MAX,
      bytesMax: FLUSH_BYTES_MAX,
      waitingBytesMax: WAITING_BYTES_MAX,
      flushesMax: 2,
    },
    ports.clock,
    async (deliveries) => {
      await insertDeliveries(ports.db, deliveries, new Date(ports.clock.now()))
      ports.signals.wake('deliveries')
    },
  )
  noteAcksInHand(ports, () => group.meanInHand())
  return async (body, signedWith) => {
    const id = ports.random.uuid(ports.clock.now())
    const place = { table: 'deliveries', row: `${id}/0`, column: 'sealed' }
    try {
      const sealed = ports.vault.inbox().seal(place, body)
      const added = group.add({ id, signedWith, bytes: body.byteLength, sealed }, sealed.length)
      await inTime(added, KEEP_MS_MAX)
      // As Meta was answered: what is committed later still was refused, and comes again.
      ports.metrics.deliveriesReceived.add(1, { result: 'kept' })
    } catch (error) {
      ports.metrics.deliveriesReceived.add(1, { result: 'unavailable' })
      if (!(error instanceof GroupFull)) {
        ports.log.error({ err: error }, 'a delivery could not be stored; Meta will repeat it')
      }
      ports.measures.note({ kind: 'webhooks', subject: 'all', isFailed: true })
      throw new AppError('http/unavailable', { cause: error })
    }
  }
}

/** @throws Error when it takes longer. What was begun goes on: a delivery kept twice is worked on once. */
async function inTime(work: Promise<void>, msMax: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing was written within ${msMax} ms`)), msMax)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
