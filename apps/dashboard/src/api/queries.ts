import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { Alert } from '@parley/contract/alert.ts'
import { Automation } from '@parley/contract/automation.ts'
import { Connection } from '@parley/contract/connection.ts'
import { Conversation } from '@parley/contract/conversation.ts'
import type { ConversationStatus } from '@parley/contract/conversation.ts'
import { Delivery } from '@parley/contract/delivery.ts'
import type { DeliveryState } from '@parley/contract/delivery.ts'
import { listOf } from '@parley/contract/list.ts'
import { Me } from '@parley/contract/me.ts'
import { Message } from '@parley/contract/message.ts'
import { api } from '#paths.ts'
import { call } from './client.ts'
import { keys } from './keys.ts'

const CONVERSATIONS_PER_PAGE = 40
const MESSAGES_PER_PAGE = 50
const DELIVERIES_PER_PAGE = 50
/** The most one list call gives; a dashboard with more accounts filters by tenant. */
const CONNECTIONS_MAX = 100
/** The banner names one and counts the others. */
const ALERTS_MAX = 100

/** A list starts without a cursor. The type is what later pages bring: inference sees only this value. */
const firstPage = undefined as string | undefined

export const meQuery = () =>
  queryOptions({
    queryKey: keys.me(),
    queryFn: ({ signal }) => call(Me, api.me(), { signal }),
    staleTime: 5 * 60_000,
  })

export const connectionsQuery = (filter: { tenantId?: string | undefined } = {}) =>
  queryOptions({
    queryKey: [...keys.connections(), filter],
    queryFn: ({ signal }) =>
      call(listOf(Connection), api.connections({ ...filter, limit: CONNECTIONS_MAX }), { signal }),
  })

/** What is wrong now, worst news first as the server lists it: newest. */
export const openAlertsQuery = (filter: { tenantId?: string | undefined } = {}) =>
  queryOptions({
    queryKey: [...keys.alerts(), filter],
    queryFn: ({ signal }) =>
      call(listOf(Alert), api.alerts({ ...filter, state: 'open', limit: ALERTS_MAX }), { signal }),
  })

export const automationQuery = (connectionId: string) =>
  queryOptions({
    queryKey: keys.automation(connectionId),
    queryFn: ({ signal }) => call(Automation, api.automation(connectionId), { signal }),
  })

export const conversationsQuery = (filter: {
  status?: ConversationStatus | undefined
  connectionId?: string | undefined
  tenantId?: string | undefined
}) =>
  infiniteQueryOptions({
    queryKey: [...keys.conversations(), filter],
    queryFn: ({ signal, pageParam }) =>
      call(
        listOf(Conversation),
        api.conversations({ ...filter, limit: CONVERSATIONS_PER_PAGE, cursor: pageParam }),
        { signal },
      ),
    initialPageParam: firstPage,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  })

export const conversationQuery = (id: string) =>
  queryOptions({
    queryKey: keys.conversation(id),
    queryFn: ({ signal }) => call(Conversation, api.conversation(id), { signal }),
  })

/** The newest page first; each `nextCursor` leads to the page before it. */
export const messagesQuery = (conversationId: string) =>
  infiniteQueryOptions({
    queryKey: keys.messages(conversationId),
    queryFn: ({ signal, pageParam }) =>
      call(
        listOf(Message),
        api.messages(conversationId, { latest: 1, limit: MESSAGES_PER_PAGE, cursor: pageParam }),
        { signal },
      ),
    initialPageParam: firstPage,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  })

export const deliveriesQuery = (filter: { state?: DeliveryState | undefined }) =>
  infiniteQueryOptions({
    queryKey: [...keys.deliveries(), filter],
    queryFn: ({ signal, pageParam }) =>
      call(
        listOf(Delivery),
        api.deliveries({ ...filter, limit: DELIVERIES_PER_PAGE, cursor: pageParam }),
        { signal },
      ),
    initialPageParam: firstPage,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  })

export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: keys.delivery(id),
    queryFn: ({ signal }) => call(Delivery, api.delivery(id), { signal }),
  })
