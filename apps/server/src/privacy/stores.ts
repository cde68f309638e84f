import assert from 'node:assert/strict'
import { forgetAccess } from '#access/forget-access.ts'
import { forgetAnswers } from '#access/forget-answers.ts'
import { forgetAlerts } from '#alerts/forget-alerts.ts'
import { forgetAutomations } from '#automation/forget-automations.ts'
import { forgetSessions } from '#connect/forget-sessions.ts'
import { findMetaIds } from '#connections/find-meta-ids.ts'
import { forgetConnections } from '#connections/forget-connections.ts'
import { findIgsid } from '#conversations/find-igsid.ts'
import { findOwnIds } from '#conversations/find-own-ids.ts'
import { forgetConversations } from '#conversations/forget-conversations.ts'
import { forgetLateLines } from '#conversations/forget-late-lines.ts'
import { forgetMessages } from '#conversations/forget-messages.ts'
import { forgetPeople } from '#conversations/forget-people.ts'
import type { Queryable } from '#ports/database.ts'
import { forgetEvents } from '#host-events/forget-events.ts'
import { forgetAnswersTo } from '#replies/forget-answers-to.ts'
import { forgetTurns } from '#replies/forget-turns.ts'
import { forgetWork } from '#replies/forget-work.ts'
import { forgetTenant } from '#tenants/forget-tenant.ts'
import { lockTenant } from '#tenants/lock-tenant.ts'
import type { ForgetScope } from '#tenants/forget-scope.ts'
import { forgetGrants } from '#tokens/forget-grants.ts'
import { forgetDeliveries, forgetUnownedDeliveries } from '#webhooks/forget-deliveries.ts'
import type { Store } from './schema.ts'

/** Every store there is. What is stored anew for a tenant gets its place here, or a test fails. */
export const STORES = {
  keys: {
    title: 'Keys of sealed data',
    tables: ['data_keys'],
    forget: async (ports, db, { tenantId }) => ({
      deleted: await ports.vault.destroyTenantKey(db, tenantId),
      next: null,
    }),
  },
  connect: {
    title: 'Connect links',
    tables: ['connect_sessions', 'oauth_states', 'imported_rows'],
    forget: async (_, db, scope) => await forgetSessions(db, scope),
  },
  answers: {
    title: 'Kept API answers',
    tables: ['idempotent_answers'],
    forget: async (ports, db, scope, from) =>
      await forgetAnswers(ports, db, scope, from, async (ids) => await findOwnIds(db, scope, ids)),
  },
  work: {
    title: 'Answers under way',
    tables: ['waiting_lines', 'outbound_parts', 'lanes', 'send_budgets'],
    forget: async (_, db, scope, from) => await forgetWork(db, scope, from),
  },
  turns: {
    title: 'Decided answers',
    tables: ['turns'],
    forget: async (_, db, scope, from) => await forgetTurns(db, scope, from),
  },
  deliveries: {
    title: 'Deliveries from Meta',
    tables: ['deliveries', 'delivery_events'],
    forget: async (ports, db, scope, from) => {
      const ids = await metaIdsOf(db, scope)
      return await forgetDeliveries(ports, db, { ...scope, ids }, from)
    },
  },
  unowned: {
    title: 'Deliveries after the end',
    tables: ['deliveries', 'delivery_events'],
    forget: async (ports, db, scope, from) =>
      await forgetUnownedDeliveries(ports, db, await metaIdsOf(db, scope), from),
  },
  messages: {
    title: 'Messages',
    tables: ['messages'],
    forget: async (_, db, scope, from) => await forgetMessages(db, scope, from),
  },
  /** Of one person, after the conversation itself was erased at once. */
  lines: {
    title: 'Lines that were still on their way',
    tables: ['messages', 'waiting_lines'],
    forget: async (_, db, { conversationId, requestedAt }) => {
      assert(conversationId !== null, 'of one person')
      const late = await forgetLateLines(db, conversationId, requestedAt)
      if (late !== undefined && late.erased > 0) await forgetAnswersTo(db, late.conversation)
      return { deleted: late?.erased ?? 0, next: null }
    },
  },
  conversations: {
    title: 'Conversations and collected fields',
    tables: ['conversations'],
    forget: async (_, db, scope, from) => await forgetConversations(db, scope, from),
  },
  people: {
    title: 'People',
    tables: ['people'],
    forget: async (_, db, scope) => await forgetPeople(db, scope),
  },
  automations: {
    title: 'Automation',
    tables: ['automations'],
    forget: async (_, db, scope) => await forgetAutomations(db, scope),
  },
  events: {
    title: 'Events for the host',
    tables: ['host_endpoints', 'host_endpoint_secrets', 'host_events', 'host_deliveries'],
    forget: async (_, db, scope) => await forgetEvents(db, scope),
  },
  alerts: {
    title: 'Alerts and mails, and what they are reckoned from',
    tables: ['alerts', 'notices', 'digests', 'measures'],
    forget: async (_, db, scope) => await forgetAlerts(db, scope),
  },
  tokens: {
    title: 'Access tokens',
    tables: ['grants', 'call_budgets'],
    forget: async (_, db, scope) => await forgetGrants(db, scope),
  },
  connections: {
    title: 'Connection and account profile',
    tables: ['connections'],
    forget: async (_, db, scope) => await forgetConnections(db, scope),
  },
  access: {
    title: 'API keys and memberships',
    tables: ['api_keys', 'memberships', 'sign_in_links'],
    forget: async (_, db, { tenantId }) => await forgetAccess(db, tenantId),
  },
  tenant: {
    title: 'The tenant itself',
    tables: ['tenants'],
    forget: async (_, db, scope) => {
      // A connect that was on its way when the tenant was closed may have arrived since.
      await lockTenant(db, scope.tenantId)
      await forgetSessions(db, scope)
      await forgetConnections(db, scope)
      await forgetAccess(db, scope.tenantId)
      return await forgetTenant(db, scope.tenantId)
    },
  },
} as const satisfies Record<string, Store>

export type StoreName = keyof typeof STORES

/** In this order: what tells whose a row is outlives the row. */
export const OF_CONNECTION: readonly StoreName[] = [
  'connect',
  'answers',
  'work',
  'turns',
  'deliveries',
  'unowned',
  'messages',
  'conversations',
  'people',
  'automations',
  'events',
  'alerts',
  'tokens',
  'connections',
]

/** Keys first: from then on nothing of the tenant can be read, whatever happens next. */
export const OF_TENANT: readonly StoreName[] = ['keys', ...OF_CONNECTION, 'access', 'tenant']

/**
 * What is left after the conversation itself was erased. Lines last: while an event of a delivery is there, its message
 * may still be read at Meta.
 */
export const OF_PERSON: readonly StoreName[] = ['answers', 'deliveries', 'unowned', 'lines']

/** The ids by which Meta's own bodies name whom this is about. */
async function metaIdsOf(db: Queryable, scope: ForgetScope): Promise<readonly string[]> {
  const { tenantId, connectionId, conversationId } = scope
  if (conversationId === null) return await findMetaIds(db, tenantId, connectionId)
  const igsid = await findIgsid(db, tenantId, conversationId)
  return igsid === undefined ? [] : [igsid]
}
