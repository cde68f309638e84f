import type { Login } from './login.ts'
import { CAPABILITIES } from './scopes.ts'
import type { Capability } from './scopes.ts'

/**
 * The same events have other names on the two hosts: graph.instagram.com follows the webhook reference,
 * the page edge of graph.facebook.com follows Messenger. `message_echoes` is refused by Instagram's enum
 * (echoes come with `messages`) and known to the page edge.
 *
 * Instagram comments are no page field: a page subscribed to any field receives whatever the app has
 * ticked for the `instagram` object, and `feed` is that any.
 *
 * Source: facebook-business-sdk-codegen api_specs v25.0 and /docs/instagram-platform/webhooks, read 2026-11-20.
 */
const FIELDS_OF = {
  instagram: {
    messages: [
      'messages',
      'messaging_postbacks',
      'messaging_seen',
      'message_reactions',
      'message_edit',
      'messaging_referral',
      'messaging_optins',
      'messaging_handover',
      'standby',
    ],
    comments: ['comments', 'live_comments'],
    publish: [],
    insights: [],
  },
  facebook: {
    messages: [
      'messages',
      'messaging_postbacks',
      'message_reads',
      'message_reactions',
      'message_edits',
      'message_echoes',
      'messaging_referrals',
      'messaging_handovers',
      'standby',
    ],
    comments: ['feed'],
    publish: [],
    insights: [],
  },
} as const satisfies Record<Login, Record<Capability, readonly string[]>>

/** The full list to subscribe an account with; whether a POST adds or replaces is not documented. */
export function webhookFieldsFor(login: Login, capabilities: readonly Capability[]): string[] {
  const fields: string[] = []
  for (const capability of CAPABILITIES) {
    if (capabilities.includes(capability)) fields.push(...FIELDS_OF[login][capability])
  }
  return fields
}
