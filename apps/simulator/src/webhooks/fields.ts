/** Fields of the object `instagram` that carry messaging, as ticked in the dashboard. */
export const messagingFields = [
  'messages',
  'message_edit',
  'message_reactions',
  'messaging_postbacks',
  'messaging_referral',
  'messaging_seen',
  'messaging_handover',
  'messaging_optins',
  'standby',
] as const

export type MessagingField = (typeof messagingFields)[number]

export const appFields: readonly string[] = [
  ...messagingFields,
  'comments',
  'live_comments',
  'mentions',
  'story_insights',
]

/** What `subscribed_fields` may hold on graph.instagram.com (Meta's enum). No `message_echoes`. */
export const instagramHostFields: readonly string[] = [
  ...messagingFields,
  'comment_poll_response',
  'comments',
  'creator_marketplace_invited_creator_onboarding',
  'creator_marketplace_projects',
  'delta',
  'follow',
  'live_comments',
  'mentions',
  'onboarding_welcome_message_series',
  'share_to_story',
  'story_insights',
  'story_poll_response',
  'story_reactions',
]

/** The Page edge has other words for the same things, and its own besides. */
export const pageEdgeFields: readonly string[] = [
  'messages',
  'message_deliveries',
  'message_echoes',
  'message_edits',
  'message_reactions',
  'message_reads',
  'messaging_handovers',
  'messaging_optins',
  'messaging_policy_enforcement',
  'messaging_postbacks',
  'messaging_referrals',
  'response_feedback',
  'standby',
  'comments',
  'feed',
  'live_comments',
  'mention',
  'mentions',
  'story_insights',
]
