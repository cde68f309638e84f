import type { Ports } from '#ports/ports.ts'
import { SendBudget } from './send-budget.ts'

/** Sends beside the inbox, out of the same bucket per account. */
export function makeSendTaker(
  ports: Pick<Ports, 'db' | 'clock'>,
): (connectionId: string) => Promise<boolean> {
  const budget = new SendBudget(ports)
  return async (connectionId) => {
    const granted = await budget.take(new Map([[connectionId, 1]]))
    return (granted.get(connectionId) ?? 0) > 0
  }
}
