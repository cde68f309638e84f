import type { Connection, ConnectionStatus, SelfTest } from '@parley/contract/connection.ts'
import { explainReason } from '@parley/contract/reasons.ts'
import type { Tone } from '#ui/tag.tsx'
import { calendarDate, count } from '#ui/time.ts'
import { explain, sentence } from './words.ts'

const DAY_MS = 24 * 60 * 60_000

/** `@username`, else the account's id. */
export const accountName = ({ account }: Connection): string =>
  account.username === null ? account.id : `@${account.username}`

export const statusWords: Readonly<
  Record<ConnectionStatus, { title: string; tone: 'good' | 'warn' | 'bad' | 'plain'; tag: Tone }>
> = {
  pending: { title: 'Waiting for your confirmation', tone: 'warn', tag: 'warn' },
  active: { title: 'Instagram connected', tone: 'good', tag: 'good' },
  expiring: { title: 'Instagram connected', tone: 'warn', tag: 'warn' },
  needs_reauth: { title: 'Reconnect needed', tone: 'bad', tag: 'bad' },
  revoked: { title: 'Access was withdrawn', tone: 'bad', tag: 'bad' },
  disconnected: { title: 'Disconnected', tone: 'plain', tag: 'plain' },
}

/** A login waits to be confirmed: the first one, or a fresh one beside what the connection has. */
export const isToConfirm = ({ grants }: Pick<Connection, 'grants'>): boolean =>
  grants.some(({ status }) => status === 'pending')

/** The logins it lives on; before it is confirmed, those it would. */
export function ownGrants({ status, grants }: Pick<Connection, 'status' | 'grants'>) {
  return grants.filter((grant) => grant.status !== 'pending' || status === 'pending')
}

/** The latest end of what the connection lives on, in words. */
export function expiryWords(
  {
    grants,
    status,
  }: {
    readonly status: ConnectionStatus
    readonly grants: readonly Pick<Connection['grants'][number], 'expiry' | 'expiresAt'>[]
  },
  nowMs: number,
): string {
  if (status === 'disconnected' || status === 'revoked') return 'No access any more'
  if (grants.some(({ expiry }) => expiry === 'never')) {
    return status === 'needs_reauth' ? 'No access any more' : 'Does not expire'
  }
  const ends = grants.flatMap(({ expiresAt }) => (expiresAt === null ? [] : [expiresAt]))
  const last = ends.toSorted().at(-1)
  if (last === undefined) return 'Not told by Meta; to be renewed soon'
  const leftMs = Date.parse(last) - nowMs
  if (leftMs <= 0) return `Ended on ${calendarDate(last)}`
  if (status === 'needs_reauth') return 'No access any more'
  const days = Math.floor(leftMs / DAY_MS)
  const left = days === 0 ? 'less than a day' : count(days, 'day')
  return `${calendarDate(last)}, in ${left}`
}

type Words = { title: string; hint: string }

/** Why the connection is as it is, and what to do; undefined when there is nothing to say. */
export function reasonWords({ status, reason }: Connection): Words | undefined {
  const usual = troubles[status]
  if (reason === null) return usual
  return explainReason(reason) ?? explain(reason) ?? usual
}

const troubles: Readonly<Partial<Record<ConnectionStatus, Words>>> = {
  expiring: {
    title: 'Access ends soon',
    hint: 'Press Reconnect before that day; nothing is lost by it.',
  },
  needs_reauth: {
    title: 'Instagram no longer accepts this connection',
    hint: 'Messages still arrive, nothing is sent. Press Reconnect; history and automation stay.',
  },
  revoked: {
    title: 'The app was removed on Instagram',
    hint: 'Press Reconnect to ask for access again; history and automation stay.',
  },
}

export const checkWords: Readonly<Record<SelfTest['checks'][number]['name'], string>> = {
  identity: 'Account',
  expiry: 'Lifetime',
  permissions: 'Permissions',
  subscription: 'Webhooks',
  first_webhook: 'First event',
}

export const loginWords = { instagram: 'Instagram login', facebook: 'Facebook login' } as const

const capabilityNames = {
  messages: 'Messages',
  comments: 'Comments',
  publish: 'Publishing',
  insights: 'Insights',
} as const

/** What the connection may do, one word each, with the reason when it may not. */
export function capabilityRows({
  capabilities,
}: Connection): { name: string; state: 'on' | 'off' | 'unknown'; reason: string | undefined }[] {
  const order = ['messages', 'comments', 'publish', 'insights'] as const
  return order.flatMap((key) => {
    const found = capabilities[key]
    // Not asked for is no news.
    if (found === undefined || found.reason === 'not_requested') return []
    const reason =
      found.reason === undefined
        ? undefined
        : (explainReason(found.reason)?.title ?? sentence(found.reason))
    return [{ name: capabilityNames[key], state: found.state, reason }]
  })
}
