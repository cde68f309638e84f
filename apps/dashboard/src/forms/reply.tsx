import { Textarea } from '@mantine/core'
import { IconSend2 } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import type { RefObject } from 'react'
import { Action } from '#ui/action.tsx'
import './reply.css'

/** The contract's limit of one send. */
const TEXT_MAX = 20_000
/** Instagram's limit of one message; longer ones are split at sentences. */
const PART_BYTES = 1000
/** The other side sees "typing" for a while; one ping in this time keeps it. */
const TYPING_EVERY_MS = 8_000
/** Unsent words are kept while the page is open, for this many conversations. */
const DRAFTS_MAX = 50

const drafts = new Map<string, string>()

function keepDraft(conversationId: string, text: string): void {
  drafts.delete(conversationId)
  if (text === '') return
  drafts.set(conversationId, text)
  const oldest = drafts.keys().next().value
  if (drafts.size > DRAFTS_MAX && oldest !== undefined) drafts.delete(oldest)
}

/** Where an operator writes. Enter sends, Shift+Enter breaks the line; on a touch keyboard Enter breaks it. */
export function ReplyForm({
  conversationId,
  note,
  refused,
  field,
  onSend,
  onTyping,
}: {
  conversationId: string
  /** What a send does beside sending. */
  note: string | undefined
  /** Why nothing can be sent now. */
  refused: { title: string; hint: string } | undefined
  field: RefObject<HTMLTextAreaElement | null>
  onSend: (text: string) => void
  onTyping: () => void
}) {
  const [text, setText] = useState(() => drafts.get(conversationId) ?? '')
  const lastTypingMs = useRef(0)
  const bytes = new TextEncoder().encode(text).length

  const change = (next: string) => {
    setText(next)
    keepDraft(conversationId, next)
    const nowMs = Date.now()
    if (next.trim() === '' || nowMs - lastTypingMs.current < TYPING_EVERY_MS) return
    lastTypingMs.current = nowMs
    onTyping()
  }
  const send = () => {
    field.current?.focus()
    if (refused !== undefined || text.trim() === '') return
    onSend(text.trim())
    setText('')
    keepDraft(conversationId, '')
    lastTypingMs.current = 0
  }

  return (
    <form
      className="reply"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {refused === undefined ? null : (
        <p className="reply-refused" id="reply-refused">
          <strong>{refused.title}.</strong> {refused.hint}
        </p>
      )}
      <div className="reply-row">
        <Textarea
          ref={field}
          className="reply-field"
          aria-label="Reply"
          aria-describedby={refused === undefined ? 'reply-note' : 'reply-refused'}
          placeholder={refused === undefined ? 'Write a reply' : 'You cannot reply now'}
          autosize
          minRows={1}
          maxRows={8}
          maxLength={TEXT_MAX}
          size="md"
          disabled={refused !== undefined}
          value={text}
          onChange={(event) => {
            change(event.currentTarget.value)
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
            const isForced = event.ctrlKey || event.metaKey
            if (!isForced && window.matchMedia('(pointer: coarse)').matches) return
            event.preventDefault()
            send()
          }}
        />
        <Action
          type="submit"
          size="md"
          reason={refused?.title}
          rightSection={<IconSend2 size={18} stroke={1.75} aria-hidden="true" />}
        >
          Send
        </Action>
      </div>
      {refused === undefined ? (
        <p className="reply-note small" id="reply-note">
          {bytes > PART_BYTES
            ? `Long: goes out as about ${Math.ceil(bytes / PART_BYTES)} messages, split between sentences.`
            : (note ?? (
                <span className="reply-keys">Enter sends, Shift+Enter starts a new line.</span>
              ))}
        </p>
      ) : null}
    </form>
  )
}
