import type { Message } from '@parley/contract/message.ts'
import { instagram } from '#paths.ts'
import { LinkedText } from '#ui/linked-text.tsx'
import { AttachmentCard, StoryCard } from './attachment-card.tsx'
import { authorWords } from './words.ts'

/** What a line says: what it answers, its words, what came with it, what it offers to tap. */
export function MessageBody({
  message,
  quoted,
}: {
  message: Message
  quoted: Message | undefined
}) {
  const { kind, text, attachments, quickReply, quickReplies, replyTo } = message
  const words = text ?? quickReply?.title ?? null
  const isNothing = words === null && attachments.length === 0
  return (
    <>
      {replyTo === null ? null : 'story' in replyTo ? (
        <StoryCard label="Replied to your story" url={replyTo.story.url} />
      ) : (
        <Quote quoted={quoted} />
      )}
      {kind === 'story_mention' ? <p className="line-note">Mentioned you in a story</p> : null}
      {kind === 'quick_reply' || kind === 'postback' ? <p className="line-note">Tapped</p> : null}
      {words === null ? null : (
        <p className="bubble" dir="auto">
          <LinkedText text={words} />
        </p>
      )}
      {attachments.map((attachment, index) => (
        <AttachmentCard key={`${attachment.mediaId ?? ''}${index}`} attachment={attachment} />
      ))}
      {isNothing ? <Unsupported /> : null}
      {quickReplies.length === 0 ? null : (
        <ul className="line-offered" aria-label="Offered to tap">
          {quickReplies.map(({ title, payload }) => (
            <li key={payload}>{title}</li>
          ))}
        </ul>
      )}
    </>
  )
}

function Quote({ quoted }: { quoted: Message | undefined }) {
  return (
    <p className="line-quote">
      <span>
        {quoted === undefined
          ? 'Answers an earlier message'
          : `${authorWords[quoted.author]}: ${quoted.text ?? 'a message without text'}`}
      </span>
    </p>
  )
}

function Unsupported() {
  return (
    <p className="bubble">
      <span className="soft">Instagram does not show this message outside its app. </span>
      <a href={instagram.inbox()} target="_blank" rel="noopener noreferrer">
        Open in Instagram
      </a>
    </p>
  )
}
