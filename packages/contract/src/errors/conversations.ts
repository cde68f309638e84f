import type { Catalogue } from './catalogue-type.ts'

export const conversationErrors = {
  'conversations/not-found': {
    status: 404,
    title: 'There is no such conversation',
    hint: 'List yours with GET /v1/conversations.',
  },
  'conversations/parked': {
    status: 409,
    title: 'This conversation is parked after repeated failures',
    hint: 'Read its last error, mend the cause, and press Resume.',
  },
} as const satisfies Catalogue

export const replyErrors = {
  'replies/window-closed': {
    status: 409,
    title: 'The 24-hour messaging window is closed',
    hint: 'Wait until the person writes again.',
  },
  'replies/human-agent-closed': {
    status: 409,
    title: 'The seven days for an answer by a person are over',
    hint: 'Wait until the person writes again.',
  },
  'replies/unsupported-body': {
    status: 422,
    title: 'This kind of message cannot be sent yet',
    hint: 'Send `text`, with `quickReplies` or `replyTo` if you like.',
  },
  'replies/outcome-unknown': {
    status: 409,
    title: 'Meta never said whether this message arrived',
    hint: 'Look into the conversation in Instagram before you send it again.',
  },
  'replies/overtaken': {
    status: 409,
    title: 'Something newer happened before this message left',
    hint: 'Read the newest lines and write again if it still fits.',
  },
  'replies/human-took-over': {
    status: 409,
    title: 'A person took over before this message left',
    hint: 'Resume the automation when the person is done.',
  },
  'replies/messages-off': {
    status: 409,
    title: 'This connection may not send messages',
    hint: 'Reconnect with the permission to send messages.',
  },
  'replies/refused-by-meta': {
    status: 409,
    title: 'Instagram refused this message',
    hint: 'The detail names Meta’s code; mend the message or the account and write again.',
  },
  'replies/person-unavailable': {
    status: 409,
    title: 'This person cannot receive messages now',
    hint: 'They blocked the account or left; wait until they write again.',
  },
  'replies/tries-exhausted': {
    status: 409,
    title: 'Instagram could not be reached in time',
    hint: 'Write again when Instagram answers.',
  },
  'replies/earlier-part-failed': {
    status: 409,
    title: 'An earlier part of this answer failed',
    hint: 'Send the rest again once the first part is mended.',
  },
} as const satisfies Catalogue

export const automationErrors = {
  'automation/flow-invalid': {
    status: 422,
    title: 'This flow cannot run',
    hint: 'Each entry of `fields` names the path of a step and what is wrong there.',
  },
  'automation/responder-unavailable': {
    status: 422,
    title: 'This responder is not available on this server',
    hint: 'Use `flow`, or null to switch the automation off.',
  },
  'automation/step-failed': {
    status: 422,
    title: 'The automation fails on this conversation',
    hint: 'Answer by hand, mend the flow, then press Resume.',
  },
} as const satisfies Catalogue

export const webhookErrors = {
  'webhooks/signature-invalid': {
    status: 401,
    title: 'The signature is not valid',
    hint: 'Only Meta may call this address.',
  },
  'webhooks/verify-token-mismatch': {
    status: 403,
    title: 'The verify token does not match',
    hint: 'Paste the value of INSTAGRAM_WEBHOOK_VERIFY_TOKEN into Meta’s dashboard.',
  },
  'deliveries/not-found': {
    status: 404,
    title: 'There is no such delivery',
    hint: 'List them with GET /v1/deliveries; unreadable ones are kept for seven days.',
  },
} as const satisfies Catalogue
