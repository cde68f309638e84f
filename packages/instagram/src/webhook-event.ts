import type { Igsid, Mid } from './ids.ts'

/** What every event has, whatever its kind. */
interface EventBase {
  /** When it happened, as Meta says. Missing on some odd shapes: use the time of receipt. */
  readonly atMs?: number | undefined
  /** Another app owns the thread: store, never answer. */
  readonly standby: boolean
  /** The dashboard's "Test" button: belongs to nobody. */
  readonly test: boolean
  /** Equal for two deliveries of one happening, different otherwise; no content in it. Unique per account. */
  readonly dedupeKey: string
}

/** An event of a conversation: `personId` is the side that is not the account. */
interface PersonEvent extends EventBase {
  readonly personId: Igsid
}

/** One whose delivery may leave the person out; the `mid` then leads to the conversation. */
interface MaybePersonEvent extends EventBase {
  readonly personId?: Igsid | undefined
}

/** `type` is Meta's word, known or not. An `ephemeral` one has nothing else. */
export interface Attachment {
  readonly type: string
  /** Signed CDN address that expires, or a permalink for some shared reels. Always http(s). */
  readonly url?: string | undefined
  /** Caption of a shared post or reel. */
  readonly title?: string | undefined
  /** Shared post, reel, story or sticker. */
  readonly mediaId?: string | undefined
}

export type ReplyTo =
  | { readonly mid: Mid }
  | { readonly story: { readonly id?: string | undefined; readonly url?: string | undefined } }

/** Where a conversation came from: an ad, a product, an ig.me link. */
export interface Referral {
  readonly ref?: string | undefined
  /** `ADS`, `SHORTLINK`, `SHORTLINKS` and whatever comes. */
  readonly source?: string | undefined
  readonly type?: string | undefined
  readonly adId?: string | undefined
  readonly adTitle?: string | undefined
  readonly productId?: string | undefined
}

export interface MessageEvent extends PersonEvent {
  readonly kind: 'message'
  readonly mid: Mid
  readonly sender: string
  readonly recipient: string
  readonly text?: string | undefined
  readonly attachments: readonly Attachment[]
  /** Payload of the tapped quick reply; `text` is its title. */
  readonly quickReplyPayload?: string | undefined
  readonly replyTo?: ReplyTo | undefined
  readonly referral?: Referral | undefined
  /** Sent by the account: by us, by another app or by hand. */
  readonly isEcho: boolean
  /** The account wrote to itself. */
  readonly isSelf: boolean
  /** The app that sent an echo; missing when typed by hand. */
  readonly appId?: string | undefined
  /** Content the API cannot show. */
  readonly isUnsupported: boolean
  /** Values are not documented. */
  readonly folder?: string | undefined
}

/** `mid` is the message that is gone. */
export interface UnsendEvent extends MaybePersonEvent {
  readonly kind: 'unsend'
  readonly mid: Mid
  readonly isEcho: boolean
}

export interface EditEvent extends MaybePersonEvent {
  readonly kind: 'edit'
  readonly mid: Mid
  readonly text: string
  /** 1 for the first edit. */
  readonly numEdit: number
}

/**
 * `message_edit` with `num_edit` 0 or no text: not an edit, but a companion of a new message, sometimes
 * the only event there is. When no `message` with this mid turns up, it must be read.
 */
export interface EditCompanionEvent extends MaybePersonEvent {
  readonly kind: 'edit_companion'
  readonly mid: Mid
}

export interface ReactionEvent extends MaybePersonEvent {
  readonly kind: 'reaction'
  readonly mid: Mid
  readonly action: 'react' | 'unreact'
  /** Meta's name: `love`, `like`, … `other`. Absent on `unreact`, like `emoji`. */
  readonly reaction?: string | undefined
  readonly emoji?: string | undefined
}

/** Ice breaker, template button or menu item; they look alike. */
export interface PostbackEvent extends PersonEvent {
  readonly kind: 'postback'
  readonly mid?: Mid | undefined
  readonly title?: string | undefined
  readonly payload?: string | undefined
  readonly referral?: Referral | undefined
  readonly isSelf: boolean
}

/** The person has read up to this message. */
export interface SeenEvent extends MaybePersonEvent {
  readonly kind: 'seen'
  readonly mid: Mid
}

/** An ig.me link opened an existing thread; it re-opens the messaging window. */
export interface ReferralEvent extends PersonEvent {
  readonly kind: 'referral'
  readonly referral: Referral
}

export interface HandoverEvent extends MaybePersonEvent {
  readonly kind: 'handover'
  readonly change: 'pass' | 'take' | 'request' | 'app_roles'
  readonly previousOwnerAppId?: string | undefined
  readonly newOwnerAppId?: string | undefined
  readonly requestedOwnerAppId?: string | undefined
  readonly metadata?: string | undefined
}

/** No Instagram payload is documented; the entry's `raw` has it. */
export interface OptinEvent extends MaybePersonEvent {
  readonly kind: 'optin'
}

export interface CommentEvent extends MaybePersonEvent {
  readonly kind: 'comment'
  readonly field: 'comments' | 'live_comments'
  readonly commentId: string
  /** Only on replies. */
  readonly parentId?: string | undefined
  readonly mediaId?: string | undefined
  /** `FEED`, `REELS`, `STORY`, `AD`. */
  readonly mediaProductType?: string | undefined
  readonly text?: string | undefined
  readonly username?: string | undefined
  /** The account commented on its own media; `personId` is then missing. Never triggers anything. */
  readonly isOwn: boolean
  readonly adId?: string | undefined
}

/** Well formed, but no kind of ours: `field` is Meta's name for it; `value` is as sent, not cleaned. */
export interface OtherEvent extends MaybePersonEvent {
  readonly kind: 'other'
  readonly field: string
  readonly value: unknown
}

/** `detail` says what was missing, in our words, with no content. */
export interface NotUnderstoodEvent extends EventBase {
  readonly kind: 'not_understood'
  readonly detail: string
}

/** One happening inside a delivery. */
export type WebhookEvent =
  | MessageEvent
  | UnsendEvent
  | EditEvent
  | EditCompanionEvent
  | ReactionEvent
  | PostbackEvent
  | SeenEvent
  | ReferralEvent
  | HandoverEvent
  | OptinEvent
  | CommentEvent
  | OtherEvent
  | NotUnderstoodEvent

export type WebhookEventKind = WebhookEvent['kind']
