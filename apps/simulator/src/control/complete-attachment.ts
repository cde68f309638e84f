import type { z } from 'zod'
import type { Box } from '#box.ts'
import type { Attachment } from '#world/threads.ts'
import type { attachmentBody } from './bodies.ts'

const EXTENSIONS: Record<string, string> = { audio: 'wav', video: 'mp4', file: 'pdf' }

/** Gives an attachment the payload its type has at Meta, unless the caller brought one. */
export function completeAttachment(box: Box, given: z.infer<typeof attachmentBody>): Attachment {
  const { type, payload } = given
  if (payload) return { type, payload }
  if (type === 'ephemeral') return { type }
  const id = box.random.digits(17)
  const extension = EXTENSIONS[type] ?? 'png'
  const url = given.url ?? `${box.url}/cdn/shared/${id}.${extension}`
  switch (type) {
    case 'ig_post':
      return { type, payload: { ig_post_media_id: id, title: 'A post somebody shared', url } }
    case 'ig_reel':
    case 'reel':
      return {
        type,
        payload: {
          reel_video_id: id,
          title: 'A reel somebody shared',
          url: given.url ?? `https://www.instagram.com/reel/${id}/`,
        },
      }
    case 'sticker':
      return { type, payload: { sticker_id: id } }
    default:
      return { type, payload: { url } }
  }
}
