/** Which accounts and people a run uses. Everything is derived from numbers, so that two processes agree without talking. */
export type World = {
  readonly firstAccount: number
  readonly accounts: number
  readonly conversations: number
}

/** Speed.md's load: 100 connected accounts, 5,000 conversations. Their automation repeats what it hears. */
export const ANSWERING_WORLD: World = { firstAccount: 0, accounts: 100, conversations: 5_000 }
/** The same size, automation off: for acknowledging alone. */
export const SILENT_WORLD: World = { firstAccount: 100, accounts: 100, conversations: 5_000 }

export const APP_ID = '1234567890'
export const APP_SECRET = 'bench-app-secret-0123456789abcdef'
export const VERIFY_TOKEN = 'bench-verify-token'

/** `user_id` of `/me`, `entry[].id` of a webhook. */
export const accountId = (account: number): string => `1784140000${pad(account, 7)}`
/** `id` of `/me`: the same account as the app sees it. Never in webhooks. */
export const appScopedId = (account: number): string => `2900000000${pad(account, 7)}`
export const accountNumber = (id: string): number => Number(id.slice(-7))

export type Thread = { readonly accountId: string; readonly igsid: string }

/** Neighbouring numbers are on different accounts. */
export function threadOf(world: World, conversation: number): Thread {
  const account = world.firstAccount + (conversation % world.accounts)
  const igsid = `9000${pad(account, 5)}${pad(conversation, 7)}`
  return { accountId: accountId(account), igsid }
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0')
}
