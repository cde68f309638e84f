import { z } from 'zod'
import { RefreshAnswer, TokenStatus } from '@parley/contract/connection.ts'
import type { Automation } from '@parley/contract/automation.ts'
import { ConnectSession } from '@parley/contract/connect-session.ts'
import type { ConnectSessionRequest } from '@parley/contract/connect-session.ts'
import { Message } from '@parley/contract/message.ts'
import type { SendRequest } from '@parley/contract/message.ts'
import { SignedIn, Welcome } from '@parley/contract/operator.ts'
import type { SignInRequest, WelcomeRequest } from '@parley/contract/operator.ts'
import { api } from '#paths.ts'
import { call } from './client.ts'
import { newKey } from './new-key.ts'

/** What the server answers here is read again by a query, so its shape does not matter. */
const Done = z.unknown()

export const signIn = (body: SignInRequest) =>
  call(SignedIn, api.signIn(), { method: 'POST', body })

export const signOut = () => call(Done, api.signOut(), { method: 'POST', body: {} })

export const acceptWelcome = (body: WelcomeRequest) =>
  call(Welcome, api.welcome(), { method: 'POST', body })

export const createConnectSession = (body: ConnectSessionRequest) =>
  call(ConnectSession, api.connectSessions(), {
    method: 'POST',
    body,
    idempotencyKey: newKey(),
  })

export const confirmConnection = (id: string, code: string | undefined) =>
  call(Done, api.confirm(id), { method: 'POST', body: code === undefined ? {} : { code } })

export const disconnect = (id: string) => call(Done, api.connection(id), { method: 'DELETE' })

/** A new token where Meta gives one, and in any case a look at how it is. */
export const refreshConnection = async (id: string): Promise<TokenStatus> => {
  const answer = await call(RefreshAnswer, api.refresh(id), { method: 'POST', body: {} })
  if (answer.refreshed) return answer
  const checked = await call(TokenStatus, api.check(id), { method: 'POST', body: {} })
  return checked.isValid ? { ...checked, message: answer.message } : checked
}

export const saveAutomation = (connectionId: string, body: Automation) =>
  call(Done, api.automation(connectionId), { method: 'PUT', body })

export const takeOver = (conversationId: string) =>
  call(Done, api.conversationAct(conversationId, 'takeover'), { method: 'POST', body: {} })

export const resume = (conversationId: string, answerWaiting: boolean) =>
  call(Done, api.conversationAct(conversationId, 'resume'), {
    method: 'POST',
    body: { answerWaiting },
  })

export const closeConversation = (conversationId: string) =>
  call(Done, api.conversationAct(conversationId, 'close'), { method: 'POST', body: {} })

export const markSeen = (conversationId: string) =>
  call(Done, api.conversationAct(conversationId, 'seen'), { method: 'POST', body: {} })

export const showTyping = (conversationId: string) =>
  call(Done, api.conversationAct(conversationId, 'typing'), { method: 'POST', body: {} })

export const sendReply = (conversationId: string, body: SendRequest, idempotencyKey: string) =>
  call(z.object({ data: z.array(Message) }), api.messages(conversationId), {
    method: 'POST',
    body,
    idempotencyKey,
  })

export const replayDelivery = (id: string) =>
  call(Done, api.replay(id), {
    method: 'POST',
    body: {},
    idempotencyKey: newKey(),
  })
