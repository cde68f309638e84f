import { authErrors, tenantErrors } from './errors/auth.ts'
import { connectErrors, connectionErrors } from './errors/connect.ts'
import {
  automationErrors,
  conversationErrors,
  replyErrors,
  webhookErrors,
} from './errors/conversations.ts'
import { hostEventErrors } from './errors/host-events.ts'
import { httpErrors } from './errors/http.ts'

/** Every refusal Parley can give. A code, once published, keeps its meaning. */
export const errors = {
  ...httpErrors,
  ...authErrors,
  ...tenantErrors,
  ...connectErrors,
  ...connectionErrors,
  ...conversationErrors,
  ...replyErrors,
  ...automationErrors,
  ...webhookErrors,
  ...hostEventErrors,
} as const

export type ErrorCode = keyof typeof errors
