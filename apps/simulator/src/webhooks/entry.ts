import type { Account, AppKind } from '#world/world.ts'

export type WebhookEntry = { id: string; time: number } & Record<string, unknown>

/** An entry on its way to one app. */
export type EntryParcel = { app: AppKind; account: Account; kind: string; entry: WebhookEntry }

/** What the switches hold, reorder and batch keep back. */
export type HeldEntries = { parcels: EntryParcel[]; timer: NodeJS.Timeout | undefined }
