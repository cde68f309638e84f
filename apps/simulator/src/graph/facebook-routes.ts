import type { Box } from '#box.ts'
import { facebookAccessToken } from '#oauth/facebook-tokens.ts'
import { appSubscriptionRoutes } from './app-subscriptions.ts'
import { conversationRoutes } from './conversations.ts'
import { debugToken } from './debug-token.ts'
import { listAccountMedia, readFacebookNode } from './facebook-nodes.ts'
import type { GraphCall, GraphRoute } from './graph-call.ts'
import { messengerProfileRoutes } from './messenger-profile.ts'
import { listPages } from './pages.ts'
import { deletePermissions, listPermissions } from './permissions.ts'
import { sendMessageRoutes } from './send-message.ts'
import { subscribedAppsRoutes } from './subscribed-apps.ts'
import { uploadAttachment } from './upload-attachment.ts'

/** All of graph.facebook.com. Fixed words come before ids. */
export function facebookRoutes(box: Box): GraphRoute[] {
  const route = (method: string, path: string, run: (box: Box, call: GraphCall) => unknown) => ({
    method,
    path,
    run: (call: GraphCall) => run(box, call),
  })
  return [
    route('GET', '/oauth/access_token', facebookAccessToken),
    route('POST', '/oauth/access_token', facebookAccessToken),
    route('GET', '/debug_token', debugToken),
    route('GET', '/me/accounts', listPages),
    route('GET', '/:node/permissions', listPermissions),
    route('DELETE', '/:node/permissions', deletePermissions),
    route('DELETE', '/:node/permissions/:permission', deletePermissions),
    ...appSubscriptionRoutes(box),
    ...subscribedAppsRoutes(box),
    ...sendMessageRoutes(box),
    route('POST', '/:node/message_attachments', uploadAttachment),
    ...conversationRoutes(box),
    ...messengerProfileRoutes(box),
    route('GET', '/:node/media', listAccountMedia),
    route('GET', '/:node', readFacebookNode),
  ]
}
