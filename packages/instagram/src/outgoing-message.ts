/**
 * `message` of the Send API, in Meta's own words, ready to be sent.
 * Source: /features/send-message, /generic-template, /features/quick-replies, read 2026-11-20.
 */
export type OutgoingMessage =
  | { readonly text: string; readonly quick_replies?: readonly OutgoingQuickReply[] }
  | {
      readonly attachment: OutgoingAttachment
      readonly quick_replies?: readonly OutgoingQuickReply[]
    }
  /** Two to ten images; a single one goes as `attachment`. */
  | { readonly attachments: readonly OutgoingImage[] }

/** `user_phone_number` and `user_email` are disabled since 2026-10-05. */
export interface OutgoingQuickReply {
  readonly content_type: 'text'
  /** At most 20 characters; Meta cuts the rest. */
  readonly title: string
  readonly payload: string
}

export interface OutgoingImage {
  readonly type: 'image'
  readonly payload: { readonly url: string } | { readonly attachment_id: string }
}

export type OutgoingAttachment =
  | OutgoingImage
  | {
      readonly type: 'video' | 'audio' | 'file'
      readonly payload: { readonly url: string }
    }
  /** An uploaded file, or one of the account's own posts. */
  | {
      readonly type: 'MEDIA_SHARE'
      readonly payload: { readonly attachment_id: string } | { readonly id: string }
    }
  | { readonly type: 'like_heart' }
  | { readonly type: 'template'; readonly payload: OutgoingTemplate }

export type OutgoingTemplate =
  | { readonly template_type: 'generic'; readonly elements: readonly GenericElement[] }
  | {
      readonly template_type: 'button'
      readonly text: string
      readonly buttons: readonly TemplateButton[]
    }
  | { readonly template_type: 'product'; readonly elements: readonly { readonly id: string }[] }

/** A title and at least one more property. */
export interface GenericElement {
  readonly title: string
  readonly subtitle?: string
  readonly image_url?: string
  readonly default_action?: { readonly type: 'web_url'; readonly url: string }
  readonly buttons?: readonly TemplateButton[]
}

export type TemplateButton =
  | { readonly type: 'web_url'; readonly url: string; readonly title: string }
  | { readonly type: 'postback'; readonly title: string; readonly payload: string }
