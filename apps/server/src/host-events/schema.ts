import type { HostEventType } from '@parley/contract/host-event.ts'
import type { Ports } from '#ports/ports.ts'

/** Something the host may want to know. Ids, kinds and codes; never what somebody wrote. */
export type HostEventFact = {
  readonly type: HostEventType
  readonly tenantId: string
  readonly connectionId: string | null
  readonly data: Readonly<Record<string, unknown>>
  /** Of the request that caused it. */
  readonly requestId?: string | null
}

/** What recording an event touches. */
export type HostEventPorts = Pick<Ports, 'db' | 'clock' | 'random' | 'vault' | 'signals'>

/** `gone`: it answered 410. `failing`: nothing was taken for three days. `secret_lost`: its secret does not open. */
export type DisabledReason = 'by_hand' | 'gone' | 'failing' | 'secret_lost'

export type EndpointRow = {
  readonly id: string
  readonly tenant_id: string | null
  readonly url: string
  readonly events: HostEventType[] | null
  readonly state: 'active' | 'disabled'
  readonly disabled_reason: DisabledReason | null
  readonly disabled_at: Date | null
  readonly failing_since: Date | null
  readonly created_at: Date
  readonly updated_at: Date
}

export type SecretRow = {
  readonly id: string
  readonly sealed: Buffer
}

export type EventRow = {
  readonly tenant_id: string
  readonly id: string
  readonly connection_id: string | null
  readonly type: HostEventType
  readonly created_at: Date
  readonly sealed: Buffer
}

export type DeliveryRow = {
  readonly event_id: string
  readonly endpoint_id: string
  readonly state: 'pending' | 'delivered' | 'failed'
  readonly attempts: number
  readonly last_attempt_at: Date | null
  readonly last_result: string | null
  readonly next_at: Date
}

/** A delivery this worker holds. */
export type ClaimedDelivery = EventRow & {
  readonly endpoint_id: string
  readonly attempts: number
  readonly first_attempt_at: Date | null
  readonly lease_owner: string
  /** Its endpoint takes nothing at the moment. */
  readonly is_failing: boolean
}

/** Who acts, for the audit log. */
export type Who = {
  readonly actor: string
  readonly address?: string
  readonly requestId?: string
}
