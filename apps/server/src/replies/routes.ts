import { SendRequest } from '@parley/contract/message.ts'
import { Hono } from 'hono'
import type { AppContext, AppEnv } from '#http/app-env.ts'
import { requireCaller, visibleTenants } from '#http/caller.ts'
import { body, idParam } from '#http/read-body.ts'
import type { Ports } from '#ports/ports.ts'
import { holdForTyping } from '#conversations/hold-for-typing.ts'
import { findOwnConversation } from '#conversations/load-conversation.ts'
import { queueReply } from './queue-reply.ts'
import { showGesture } from './show-gesture.ts'

const idOf = (c: AppContext): string => idParam(c, 'id', 'conversations/not-found')

export function replyRoutes(ports: Ports): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.post('/v1/conversations/:id/messages', async (c) => {
    const caller = requireCaller(c, { scope: 'messages:write' })
    const conversationId = idOf(c)
    const tenants = visibleTenants(caller)
    const conversation = await findOwnConversation(ports, conversationId, tenants)
    c.set('tenantId', conversation.tenant_id)
    const request = await body(c, SendRequest)
    const data = await queueReply(ports, {
      conversationId,
      request,
      tenants,
      author: caller.kind === 'operator' ? 'operator' : 'host',
      actor: caller.actor,
      requestId: c.var.requestId,
      keepAnswer: c.var.keepAnswer,
    })
    return c.json({ data }, 202)
  })

  const gesture = async (c: AppContext, action: 'mark_seen' | 'typing_on'): Promise<Response> => {
    const caller = requireCaller(c, { scope: 'messages:write' })
    const tenants = visibleTenants(caller)
    const conversation = await findOwnConversation(ports, idOf(c), tenants)
    if (action === 'typing_on' && caller.kind === 'operator') {
      await holdForTyping(ports, conversation)
    }
    await showGesture(ports, conversation, action)
    return c.json({ data: null }, 202)
  }
  app.post('/v1/conversations/:id/seen', async (c) => await gesture(c, 'mark_seen'))
  app.post('/v1/conversations/:id/typing', async (c) => await gesture(c, 'typing_on'))
  return app
}
