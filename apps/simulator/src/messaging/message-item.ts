import type { Attachment, Message, Thread } from '#world/threads.ts'
import { isSelfThread } from '#world/threads.ts'
import { rawNumber } from '#graph/raw-number.ts'
import type { Account } from '#world/world.ts'

/** The two ends of a messaging item, as the person's acts and as the account's. */
export function fromPerson(thread: Thread, account: Account, atMs: number) {
  return { sender: { id: thread.igsid }, recipient: { id: account.id }, timestamp: atMs }
}

export function fromAccount(thread: Thread, account: Account, atMs: number) {
  return { sender: { id: account.id }, recipient: { id: thread.igsid }, timestamp: atMs }
}

/** What the person wrote, as webhook item. Keys are there only when they say something. */
export function inboundItem(
  message: Message,
  extra: { referral?: Record<string, unknown> | undefined },
): Record<string, unknown> {
  return {
    mid: message.mid,
    ...content(message),
    ...(message.quickReplyPayload !== null && {
      quick_reply: { payload: message.quickReplyPayload },
    }),
    ...(message.replyTo && { reply_to: message.replyTo }),
    ...(extra.referral && { referral: extra.referral }),
    ...(message.isUnsupported && { is_unsupported: true }),
  }
}

/** What the account sent, as echo. `appId` is left out for what was typed by hand. */
export function echoItem(
  message: Message,
  thread: Thread,
  { appId }: { appId: string | null },
): Record<string, unknown> {
  return {
    mid: message.mid,
    is_echo: true,
    ...(isSelfThread(thread) && { is_self: true }),
    ...(appId !== null && { app_id: rawNumber(appId) }),
    ...content(message),
    ...(message.replyTo && { reply_to: message.replyTo }),
  }
}

function content(message: Message): Record<string, unknown> {
  return {
    ...(message.text !== null && { text: message.text }),
    ...(message.attachments.length > 0 && { attachments: message.attachments.map(attachmentItem) }),
  }
}

/** A template the business sent comes back as `generic`, a map that holds the elements. */
function attachmentItem({ type, payload }: Attachment): Record<string, unknown> {
  if (!payload) return { type }
  if (type !== 'template') return { type, payload }
  const { elements, text, buttons } = payload
  return { type, payload: { generic: { elements: elements ?? [{ title: text, buttons }] } } }
}
