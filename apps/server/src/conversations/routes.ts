import { ConversationQuery, ResumeRequest } from '@parley/contract/conversation.ts'
import type { Conversation } from '@parley/contract/conversation.ts'
import { MessageQuery } from '@parley/contract/message.ts'
import { Hono } from 'hono'
import type { AppContext, AppEnv } from '#http/app-env.ts'
import { requireCaller, visibleTenants } from '#http/caller.ts'
import { listOfRows, pageOf } from '#http/list.ts'
import { body, idParam, isUuid, query } from '#http/read-body.ts'
import type { Ports } from '#ports/ports.ts'
import { changeMode } from './change-mode.ts'
import type { ModeChange } from './change-mode.ts'
import type { OpenFields } from './describe-conversation.ts'
import { findOwnConversation, listConversations, loadConversation } from './load-conversation.ts'
import { listMessages } from './list-messages.ts'

const byNewest = (a: Conversation, b: Conversation): number =>
  (b.lastMessageAt ?? '').localeCompare(a.lastMessageAt ?? '')

const idOf = (c: AppContext): string => idParam(c, 'id', 'conversations/not-found')

/** @param hooks.openFields reads what the automation collected; it is a floor above. */
export function conversationRoutes(ports: Ports, hooks: { openFields: OpenFields }): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.get('/v1/conversations', async (c) => {
    const caller = requireCaller(c, { scope: 'messages:read' })
    const { tenantId, connectionId, status, ...rest } = query(c, ConversationQuery)
    const page = pageOf(rest)
    // An id that cannot exist has no conversations.
    if (connectionId !== undefined && !isUuid(connectionId)) {
      return c.json({ data: [], nextCursor: null })
    }
    const rows = await listConversations(
      ports,
      {
        tenants: visibleTenants(caller),
        tenantId,
        connectionId,
        status,
        after: page.after,
        limit: page.limit + 1,
      },
      hooks.openFields,
    )
    const list = listOfRows(
      rows,
      page,
      ({ row }) => ({ at: row.last_message_at ?? new Date(0), id: row.id }),
      ({ conversation }) => conversation,
    )
    // The index the page was cut along is a few seconds coarse.
    return c.json({ ...list, data: list.data.toSorted(byNewest) })
  })

  app.get('/v1/conversations/:id', async (c) => {
    const caller = requireCaller(c, { scope: 'messages:read' })
    return c.json(await loadConversation(ports, idOf(c), visibleTenants(caller), hooks.openFields))
  })

  app.get('/v1/conversations/:id/messages', async (c) => {
    const caller = requireCaller(c, { scope: 'messages:read' })
    const { cursor, limit, latest } = query(c, MessageQuery)
    const page = { cursor, limit, latest }
    return c.json(await listMessages(ports, idOf(c), visibleTenants(caller), page))
  })

  const change = async (
    c: AppContext,
    read: () => ModeChange | Promise<ModeChange>,
  ): Promise<Response> => {
    const caller = requireCaller(c, { scope: 'messages:write' })
    const to = await read()
    const tenants = visibleTenants(caller)
    const conversation = await findOwnConversation(ports, idOf(c), tenants)
    c.set('tenantId', conversation.tenant_id)
    await changeMode(ports, conversation.id, to, {
      actor: caller.actor,
      requestId: c.var.requestId,
    })
    return c.json(await loadConversation(ports, conversation.id, tenants, hooks.openFields))
  }
  app.post(
    '/v1/conversations/:id/takeover',
    async (c) => await change(c, () => ({ to: 'human', reason: 'operator' })),
  )
  app.post('/v1/conversations/:id/close', async (c) => await change(c, () => ({ to: 'closed' })))
  app.post('/v1/conversations/:id/resume', async (c) => {
    return await change(c, async () => ({ to: 'automated', ...(await body(c, ResumeRequest)) }))
  })
  return app
}
