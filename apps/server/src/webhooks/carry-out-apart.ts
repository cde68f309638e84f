import { holdConversations } from '#conversations/hold-conversations.ts'
import { sql } from '#ports/database.ts'
import type { HostEventPorts } from '#host-events/schema.ts'
import type { Queryable } from '#ports/database.ts'
import { carryOut, concernedBy } from './carry-out.ts'
import type { Outcome, Sender } from './carry-out.ts'
import { isPassingFailure } from '#ports/database-failure.ts'
import type { Plan } from './plan-event.ts'

/**
 * Carries out plans one by one, each under a savepoint: what fails by itself is undone alone and marked.
 *
 * @throws what would pass by itself: the whole delivery is tried again.
 */
export async function carryOutApart(
  ports: HostEventPorts,
  db: Queryable,
  plans: readonly Plan[],
  sender: Sender,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  // Only what is there already: making one may be what fails.
  const { needed, named, mids } = concernedBy(plans)
  await holdConversations(ports, db, { needed: [], named: [...needed, ...named], mids })
  for (const plan of plans) {
    await db.run(sql`savepoint event`)
    try {
      outcomes.push(...(await carryOut(ports, db, [plan], sender)))
      await db.run(sql`release savepoint event`)
    } catch (error) {
      if (isPassingFailure(error)) throw error
      // Fails too when the session is gone, and then the whole delivery is tried again.
      await db.run(sql`rollback to savepoint event`)
      const name = error instanceof Error ? error.name : 'unknown'
      outcomes.push({
        outcome: 'not_understood',
        conversationId: null,
        detail: `its work failed: ${name}`,
      })
    }
  }
  return outcomes
}
