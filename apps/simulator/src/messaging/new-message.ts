import type { Box } from '#box.ts'
import type { Message } from '#world/threads.ts'

const MID_LENGTH = 160

/** Opaque, longer than 150 characters, as Meta's. */
export const newMid = (box: Box): string => `aWdf${box.random.text(MID_LENGTH)}`

export const newThreadId = (box: Box): string => `aWdf${box.random.text(70)}`

export function newMessage(
  box: Box,
  given: Pick<Message, 'from' | 'sentBy'> & Partial<Message>,
): Message {
  return {
    mid: newMid(box),
    atMs: box.clock.now(),
    sentByAppId: null,
    text: null,
    attachments: [],
    quickReplies: [],
    quickReplyPayload: null,
    postback: null,
    replyTo: null,
    reactions: [],
    editCount: 0,
    isDeleted: false,
    isUnsupported: false,
    deliveredTo: [],
    ...given,
  }
}
