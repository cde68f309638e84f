import type { Login } from './login.ts'

/** What a connection may do beyond profile and own media. */
export type Capability = 'messages' | 'comments' | 'publish' | 'insights'

export const CAPABILITIES: readonly Capability[] = ['messages', 'comments', 'publish', 'insights']

export type CapabilityState =
  | { readonly state: 'on' }
  | { readonly state: 'off'; readonly reason: 'not_requested' | 'permission_not_granted' }
  | { readonly state: 'unknown' }

/** Source: /docs/instagram-platform/overview and /docs/permissions, read 2026-11-20. */
const SCOPE_OF = {
  instagram: {
    messages: 'instagram_business_manage_messages',
    comments: 'instagram_business_manage_comments',
    publish: 'instagram_business_content_publish',
    insights: 'instagram_business_manage_insights',
  },
  facebook: {
    messages: 'instagram_manage_messages',
    comments: 'instagram_manage_comments',
    publish: 'instagram_content_publish',
    insights: 'instagram_manage_insights',
  },
} as const satisfies Record<Login, Record<Capability, string>>

const BASE_SCOPES = {
  instagram: ['instagram_business_basic'],
  facebook: ['instagram_basic', 'pages_show_list', 'pages_read_engagement', 'business_management'],
} as const satisfies Record<Login, readonly string[]>

/** Lets a page be subscribed to webhooks. */
const PAGE_SUBSCRIPTION_SCOPE = 'pages_manage_metadata'

/** The scopes to ask for: profile, own media, and what the capabilities need. Nothing more. */
export function scopesFor(login: Login, capabilities: readonly Capability[]): string[] {
  const scopes: string[] = [...BASE_SCOPES[login]]
  if (login === 'facebook' && needsWebhooks(capabilities)) scopes.push(PAGE_SUBSCRIPTION_SCOPE)
  for (const capability of CAPABILITIES) {
    if (capabilities.includes(capability)) scopes.push(SCOPE_OF[login][capability])
  }
  return scopes
}

/**
 * What a grant allows. A capability is on when its scopes are there, asked for or not. Of the Facebook
 * base scopes only `instagram_basic` is required: a login configuration may leave out the others.
 *
 * @param granted what Meta says was granted; `undefined` when it cannot be asked (an imported token).
 */
export function capabilityStates(
  login: Login,
  requested: readonly Capability[],
  granted: readonly string[] | undefined,
): Record<Capability, CapabilityState> {
  const stateOf = (capability: Capability): CapabilityState => {
    if (granted === undefined) {
      return requested.includes(capability)
        ? { state: 'unknown' }
        : { state: 'off', reason: 'not_requested' }
    }
    if (requiredScopes(login, capability).every((scope) => granted.includes(scope))) {
      return { state: 'on' }
    }
    const reason = requested.includes(capability) ? 'permission_not_granted' : 'not_requested'
    return { state: 'off', reason }
  }
  return {
    messages: stateOf('messages'),
    comments: stateOf('comments'),
    publish: stateOf('publish'),
    insights: stateOf('insights'),
  }
}

/** Without these a capability does not work, whatever else was granted. */
export function requiredScopes(login: Login, capability: Capability): string[] {
  const required: string[] = [BASE_SCOPES[login][0], SCOPE_OF[login][capability]]
  if (login === 'facebook' && needsWebhooks([capability])) required.push(PAGE_SUBSCRIPTION_SCOPE)
  return required
}

/** Whether any of the capabilities lives on webhooks, so the account must be subscribed. */
export function needsWebhooks(capabilities: readonly Capability[]): boolean {
  return capabilities.includes('messages') || capabilities.includes('comments')
}
