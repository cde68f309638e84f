import type { Box } from '#box.ts'
import { exchangeForLongToken, refreshLongToken } from '#oauth/instagram-tokens.ts'
import { conversationRoutes } from './conversations.ts'
import { dispatch } from './dispatch.ts'
import type { ApiCall, GraphRoute } from './graph-call.ts'
import { mediaRoutes } from './media.ts'
import { meRoutes } from './me-routes.ts'
import { messengerProfileRoutes } from './messenger-profile.ts'
import { sendMessageRoutes } from './send-message.ts'
import { subscribedAppsRoutes } from './subscribed-apps.ts'

/** All of graph.instagram.com. The two token addresses carry no version. */
export function runInstagramGraph(box: Box, call: ApiCall): unknown {
  return dispatch(call.version === null ? unversioned(box) : versioned(box), 'instagram', call)
}

function unversioned(box: Box): GraphRoute[] {
  return [
    { method: 'GET', path: '/access_token', run: (call) => exchangeForLongToken(box, call) },
    { method: 'GET', path: '/refresh_access_token', run: (call) => refreshLongToken(box, call) },
    ...versioned(box),
  ]
}

function versioned(box: Box): GraphRoute[] {
  return [
    ...subscribedAppsRoutes(box),
    ...sendMessageRoutes(box),
    ...conversationRoutes(box),
    ...messengerProfileRoutes(box),
    ...mediaRoutes(box),
    ...meRoutes(box),
  ]
}
