import type { Message } from '@parley/contract/message.ts'
import { clockTime, exactTime } from '#ui/time.ts'
import { MessageBody } from './message-body.tsx'
import { authorWords, explain, messageWords } from './words.ts'
import './message-line.css'

/** One line of a thread: who, what, when, and what became of it. */
export function MessageLine({
  message,
  quoted,
  startsGroup,
}: {
  message: Message
  quoted: Message | undefined
  startsGroup: boolean
}) {
  const { author, direction, at } = message
  return (
    <li
      className="line"
      data-author={author}
      data-direction={direction}
      data-status={message.status}
      aria-label={`${authorWords[author]}, ${clockTime(at)}`}
    >
      {startsGroup ? <p className="line-author">{authorWords[author]}</p> : null}
      {message.deletedAt === null ? (
        <MessageBody message={message} quoted={quoted} />
      ) : (
        <p className="bubble bubble-unsent">Message unsent</p>
      )}
      <Reactions reactions={message.reactions} />
      <p className="line-meta">
        <time dateTime={at} title={exactTime(at)}>
          {clockTime(at)}
        </time>
        {message.editedAt === null ? null : (
          <span title={exactTime(message.editedAt)}> · Edited</span>
        )}
        <Outcome message={message} />
      </p>
      <Failure message={message} />
    </li>
  )
}

function Outcome({ message }: { message: Message }) {
  if (message.direction === 'inbound') return null
  if (message.seenAt !== null) {
    return <span title={exactTime(message.seenAt)}> · Seen {clockTime(message.seenAt)}</span>
  }
  return <span className="line-status"> · {messageWords[message.status]}</span>
}

/** Why a line did not leave, and what to do about it. */
function Failure({ message: { status, error } }: { message: Message }) {
  if (error === null || (status !== 'failed' && status !== 'dropped' && status !== 'unknown')) {
    return null
  }
  // The server's words come first; a code it had none for is looked up.
  const { title, hint } = error.title === '' ? (explain(error.code) ?? error) : error
  return (
    <p className="line-failure">
      <strong>{title}.</strong> {hint}
    </p>
  )
}

function Reactions({ reactions }: Pick<Message, 'reactions'>) {
  if (reactions.length === 0) return null
  return (
    <ul className="line-reactions" aria-label="Reactions">
      {reactions.map(({ by, emoji, reaction }) => (
        <li key={by} aria-label={`${by === 'person' ? 'Person' : 'Account'}: ${reaction ?? emoji}`}>
          {emoji ?? reaction ?? '♡'}
        </li>
      ))}
    </ul>
  )
}
