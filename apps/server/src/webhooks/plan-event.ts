import type { WebhookEvent, MessageEvent, PostbackEvent } from '@parley/instagram/webhook-event.ts'
import type { IncomingLine, MessageContent } from '#conversations/schema.ts'

export type Account = {
  readonly tenantId: string
  readonly connectionId: string
  readonly accountId: string
}

type About = Pick<IncomingLine, 'tenantId' | 'connectionId'> & {
  readonly mid: string
  readonly atMs: number
}

/** What one event asks for. */
export type Plan =
  | { readonly do: 'line'; readonly line: IncomingLine }
  | { readonly do: 'echo'; readonly line: IncomingLine; readonly receivedAtMs: number }
  | {
      readonly do: 'unsend'
      readonly about: About
      readonly igsid: string | undefined
      readonly isEcho: boolean
      readonly receivedAtMs: number
    }
  | {
      readonly do: 'edit'
      readonly about: About
      readonly igsid: string | undefined
      readonly text: string
      readonly numEdit: number
      readonly receivedAtMs: number
    }
  | {
      readonly do: 'reaction'
      readonly about: About
      readonly igsid: string | undefined
      readonly action: 'react' | 'unreact'
      readonly emoji: string | undefined
      readonly reaction: string | undefined
    }
  | { readonly do: 'seen'; readonly about: About; readonly igsid: string | undefined }
  | {
      readonly do: 'window'
      readonly about: Pick<About, 'tenantId' | 'connectionId' | 'atMs'>
      readonly igsid: string
    }
  | {
      readonly do: 'companion'
      readonly about: About
      readonly igsid: string | undefined
      readonly standby: boolean
      readonly receivedAtMs: number
    }
  | {
      readonly do: 'nothing'
      readonly outcome: 'ignored' | 'test' | 'not_understood' | 'unknown_account'
      readonly detail: string | null
    }

/** An event dated further ahead of its receipt than this counts as received now. */
const AHEAD_MS_MAX = 5 * 60 * 1000

/** Decides, without looking anything up, what an event asks for; nothing when nobody here owns its account. */
export function planEvent(
  event: WebhookEvent,
  account: Account | undefined,
  receivedAtMs: number,
): Plan {
  if (event.test) return nothing('test', null)
  if (account === undefined) return nothing('unknown_account', null)
  const atMs = clampTime(event.atMs, receivedAtMs)
  const about = (mid: string): About => ({
    tenantId: account.tenantId,
    connectionId: account.connectionId,
    mid,
    atMs,
  })
  const waiting = (to: { readonly mid: string; readonly personId?: string | undefined }) => ({
    about: about(to.mid),
    igsid: to.personId,
    receivedAtMs,
  })
  switch (event.kind) {
    case 'message':
      return planMessage(event, account, atMs, receivedAtMs)
    case 'postback':
      return { do: 'line', line: { ...postbackLine(event, account, atMs), receivedAtMs } }
    case 'unsend':
      return { do: 'unsend', ...waiting(event), isEcho: event.isEcho }
    case 'edit':
      return { do: 'edit', ...waiting(event), text: event.text, numEdit: event.numEdit }
    case 'edit_companion':
      return { do: 'companion', ...waiting(event), standby: event.standby }
    case 'reaction':
      return {
        do: 'reaction',
        about: about(event.mid),
        igsid: event.personId,
        action: event.action,
        emoji: event.emoji,
        reaction: event.reaction,
      }
    case 'seen':
      return { do: 'seen', about: about(event.mid), igsid: event.personId }
    case 'referral':
      return { do: 'window', about: about(''), igsid: event.personId }
    case 'handover':
    case 'optin':
    case 'comment':
      return nothing('ignored', event.kind)
    case 'other':
      if (event.personId === undefined) return nothing('not_understood', event.field)
      return {
        do: 'line',
        line: placeholder(event.personId, event.field, event.dedupeKey, account, atMs),
      }
    case 'not_understood':
      return nothing('not_understood', event.detail)
  }
}

function planMessage(
  event: MessageEvent,
  account: Account,
  atMs: number,
  receivedAtMs: number,
): Plan {
  const line: IncomingLine = {
    tenantId: account.tenantId,
    connectionId: account.connectionId,
    igsid: event.personId,
    mid: event.mid,
    author: event.isEcho ? 'instagram_app' : 'person',
    kind: kindOf(event),
    atMs,
    receivedAtMs,
    content: contentOf(event),
    answerable: !event.isEcho && !event.standby && !event.isSelf,
    opensWindow: !event.isEcho,
    // The owner writing to the account itself is a test, and no takeover.
    pauses: event.isEcho && !event.isSelf,
  }
  return event.isEcho ? { do: 'echo', line, receivedAtMs } : { do: 'line', line }
}

function kindOf(event: MessageEvent): string {
  if (event.isUnsupported) return 'unsupported'
  if (event.quickReplyPayload !== undefined) return 'quick_reply'
  if (event.attachments.some((one) => one.type === 'story_mention')) return 'story_mention'
  if (event.replyTo !== undefined && 'story' in event.replyTo) return 'story_reply'
  if (event.attachments.length > 0) return 'attachment'
  return event.text === undefined || event.text === '' ? 'unsupported' : 'text'
}

function contentOf(event: MessageEvent): MessageContent {
  const { text, attachments, quickReplyPayload, replyTo, referral } = event
  return {
    ...(text === undefined ? {} : { text }),
    ...(attachments.length === 0 ? {} : { attachments: attachments.map(plainAttachment) }),
    ...(quickReplyPayload === undefined
      ? {}
      : { quickReply: { title: text ?? '', payload: quickReplyPayload } }),
    ...(replyTo === undefined ? {} : { replyTo: plainReplyTo(replyTo) }),
    ...(referral === undefined ? {} : { referral: plainReferral(referral) }),
  }
}

function plainReferral(
  referral: NonNullable<MessageEvent['referral']>,
): NonNullable<MessageContent['referral']> {
  const told = Object.entries(referral).filter(([, value]) => value !== undefined)
  return Object.fromEntries(told)
}

function plainAttachment(
  attachment: MessageEvent['attachments'][number],
): NonNullable<MessageContent['attachments']>[number] {
  const { type, url, title, mediaId } = attachment
  return {
    type,
    ...(url === undefined ? {} : { url }),
    ...(title === undefined ? {} : { title }),
    ...(mediaId === undefined ? {} : { mediaId }),
  }
}

function plainReplyTo(
  replyTo: NonNullable<MessageEvent['replyTo']>,
): NonNullable<MessageContent['replyTo']> {
  if ('mid' in replyTo) return { mid: replyTo.mid }
  const { id, url } = replyTo.story
  return { story: { ...(id === undefined ? {} : { id }), ...(url === undefined ? {} : { url }) } }
}

function postbackLine(event: PostbackEvent, account: Account, atMs: number): IncomingLine {
  const title = event.title ?? event.payload ?? ''
  return {
    tenantId: account.tenantId,
    connectionId: account.connectionId,
    igsid: event.personId,
    mid: event.mid ?? event.dedupeKey,
    author: 'person',
    kind: 'postback',
    atMs,
    content: {
      text: title,
      ...(event.payload === undefined ? {} : { quickReply: { title, payload: event.payload } }),
      ...(event.referral === undefined ? {} : { referral: plainReferral(event.referral) }),
    },
    answerable: !event.isSelf && !event.standby,
    opensWindow: true,
    pauses: false,
  }
}

/** Something a person did that nobody here knows: shown, never answered. */
function placeholder(
  igsid: string,
  field: string,
  key: string,
  account: Account,
  atMs: number,
): IncomingLine {
  return {
    tenantId: account.tenantId,
    connectionId: account.connectionId,
    igsid,
    mid: key,
    author: 'person',
    kind: 'unknown',
    atMs,
    content: { field },
    answerable: false,
    opensWindow: false,
    pauses: false,
  }
}

function nothing(
  outcome: Extract<Plan, { do: 'nothing' }>['outcome'],
  detail: string | null,
): Plan {
  return { do: 'nothing', outcome, detail }
}

function clampTime(atMs: number | undefined, receivedAtMs: number): number {
  if (atMs === undefined || atMs > receivedAtMs + AHEAD_MS_MAX || atMs <= 0) return receivedAtMs
  return Math.trunc(atMs)
}
