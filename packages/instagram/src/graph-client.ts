import { facebookAuthorizeUrl, instagramAuthorizeUrl } from './authorize-url.ts'
import { callGraph } from './call-graph.ts'
import { exchangeFacebookCode, exchangeInstagramCode } from './exchange-code.ts'
import { extendFacebookToken, extendInstagramToken, refreshInstagramToken } from './extend-token.ts'
import { findPersonProfile } from './find-person-profile.ts'
import { forwardCall } from './forward-call.ts'
import type { GraphContext, MetaUrls } from './graph-context.ts'
import { inspectFacebookToken } from './inspect-token.ts'
import { readFacebookSelf, readInstagramAccount } from './read-account.ts'
import {
  findConversation,
  findMessage,
  listRecentConversations,
  readConversation,
} from './read-conversation.ts'
import { listPages, readPage } from './read-pages.ts'
import { readPermissions, revokePermissions } from './read-permissions.ts'
import { sendMessage, sendSenderAction } from './send-message.ts'
import { readAppSubscriptions } from './read-app-subscriptions.ts'
import { readSubscriptions, subscribe, unsubscribe } from './subscription.ts'

/** Everything Parley asks of Meta. Each function is described where it is defined. */
export type GraphClient = ReturnType<typeof createGraphClient>

/**
 * Binds the calls to one configuration. Holds no state: one client serves every account.
 *
 * Every call that talks to Meta throws `GraphError` (Meta refused), `HttpFailure` (no answer), or
 * `LoginNotConfigured`, takes `{ timeoutMs, signal }` last, and is made exactly once.
 */
export function createGraphClient(configuration: GraphContext) {
  const context = { ...configuration, urls: withoutTrailingSlashes(configuration.urls) }
  const bind =
    <Rest extends unknown[], Result>(operation: (context: GraphContext, ...rest: Rest) => Result) =>
    (...rest: Rest): Result =>
      operation(context, ...rest)
  return {
    instagramAuthorizeUrl: bind(instagramAuthorizeUrl),
    facebookAuthorizeUrl: bind(facebookAuthorizeUrl),

    exchangeInstagramCode: bind(exchangeInstagramCode),
    exchangeFacebookCode: bind(exchangeFacebookCode),
    extendInstagramToken: bind(extendInstagramToken),
    extendFacebookToken: bind(extendFacebookToken),
    refreshInstagramToken: bind(refreshInstagramToken),

    readInstagramAccount: bind(readInstagramAccount),
    readFacebookSelf: bind(readFacebookSelf),
    listPages: bind(listPages),
    readPage: bind(readPage),
    inspectFacebookToken: bind(inspectFacebookToken),
    readPermissions: bind(readPermissions),
    revokePermissions: bind(revokePermissions),

    subscribe: bind(subscribe),
    readSubscriptions: bind(readSubscriptions),
    readAppSubscriptions: bind(readAppSubscriptions),
    unsubscribe: bind(unsubscribe),

    sendMessage: bind(sendMessage),
    sendSenderAction: bind(sendSenderAction),

    findConversation: bind(findConversation),
    listRecentConversations: bind(listRecentConversations),
    readConversation: bind(readConversation),
    findMessage: bind(findMessage),
    findPersonProfile: bind(findPersonProfile),

    /** Any other call on a graph host: media, comments, publishing. */
    call: bind(callGraph),
    /** A call of somebody else's making, answered as Meta answers. */
    forwardCall: bind(forwardCall),
  }
}

function withoutTrailingSlashes(urls: MetaUrls): MetaUrls {
  const trim = (url: string): string => url.replace(/\/+$/, '')
  return {
    instagramWww: trim(urls.instagramWww),
    instagramApi: trim(urls.instagramApi),
    instagramGraph: trim(urls.instagramGraph),
    facebookWww: trim(urls.facebookWww),
    facebookGraph: trim(urls.facebookGraph),
  }
}
