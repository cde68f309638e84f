import { authErrors, tenantErrors } from './errors/auth.ts'
import { backupErrors } from './errors/backups.ts'
import { connectErrors, connectionErrors } from './errors/connect.ts'
import {
  automationErrors,
  conversationErrors,
  replyErrors,
  webhookErrors,
} from './errors/conversations.ts'
import { graphErrors } from './errors/graph.ts'
import { hostEventErrors } from './errors/host-events.ts'
import { httpErrors } from './errors/http.ts'
import { privacyErrors } from './errors/privacy.ts'
import { importErrors } from './errors/import.ts'

/** Every refusal Parley can give. A code, once published, keeps its meaning. */
export const errors = {
  ...httpErrors,
  ...authErrors,
  ...tenantErrors,
  ...connectErrors,
  ...connectionErrors,
  ...importErrors,
  ...graphErrors,
  ...conversationErrors,
  ...replyErrors,
  ...automationErrors,
  ...webhookErrors,
  ...privacyErrors,
  ...hostEventErrors,
  ...backupErrors,
} as const

export type ErrorCode = keyof typeof errors
