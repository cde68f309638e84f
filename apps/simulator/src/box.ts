import type { Clock } from '#ports/clock.ts'
import type { Network } from '#ports/network.ts'
import type { Random } from '#ports/random.ts'
import type { HeldEntries } from '#webhooks/entry.ts'
import type { WebhookOutbox } from '#webhooks/webhook-outbox.ts'
import type { World } from '#world/world.ts'

/** What every part of the simulator may reach: the ports, the one mutable world, and two ways to tell. */
export type Box = {
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
  readonly log: (line: string) => void
  /** Own origin, known once the server listens. */
  url: string
  world: World
  readonly seed: 'demo' | 'none'
  readonly outbox: WebhookOutbox
  readonly held: HeldEntries
  readonly changes: ChangeFeed
}

/** Wakes every open phone; what changed is read from the control API. */
export type ChangeFeed = {
  tell(): void
  listen(listener: () => void): () => void
}

export function createChangeFeed(): ChangeFeed {
  const listeners = new Set<() => void>()
  return {
    tell() {
      for (const listener of listeners) listener()
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
