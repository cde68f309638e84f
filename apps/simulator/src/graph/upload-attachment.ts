import type { Box } from '#box.ts'
import type { Account } from '#world/world.ts'
import { loadActor } from './actor.ts'
import { fetchMedia } from './fetch-media.ts'
import type { GraphCall } from './graph-call.ts'
import { readMessageBody } from './message-body.ts'
import { findJson, isRecord } from './params.ts'
import { refusal } from './refusals.ts'

const TYPES = ['image', 'audio', 'video', 'file']

/** `message_attachments`: by address, fetched once, or as `filedata`. Sent by its id afterwards. */
export async function uploadAttachment(box: Box, call: GraphCall): Promise<unknown> {
  const { account } = loadActor(box, call, 'messages')
  const message = findJson(call.params, 'message')
  const { type, url } =
    call.params.get('filedata') instanceof File
      ? { type: fileType(message), url: 'uploaded' }
      : await fetchAddress(box, account, message)
  const id = box.random.digits(16)
  box.world.uploads.push({ id, accountKey: account.key, type, url })
  return { attachment_id: id }
}

function fileType(message: unknown): string {
  const attachment = isRecord(message) ? message['attachment'] : undefined
  const type = isRecord(attachment) ? attachment['type'] : undefined
  if (typeof type !== 'string' || !TYPES.includes(type)) throw refusal(100, { subcode: 2534015 })
  return type
}

async function fetchAddress(
  box: Box,
  account: Account,
  message: unknown,
): Promise<{ type: string; url: string }> {
  const { attachments } = readMessageBody(message)
  const [attachment] = attachments
  const url = attachment?.payload?.['url']
  if (!attachment || typeof url !== 'string') throw refusal(100, { subcode: 2534015 })
  await fetchMedia(box, account, attachments)
  return { type: attachment.type, url }
}
