import { Skeleton } from '@mantine/core'
import type { Conversation } from '@parley/contract/conversation.ts'
import { Face } from '#ui/face.tsx'
import { Moment } from '#ui/moment.tsx'
import { Tag } from '#ui/tag.tsx'
import { conversationWords, personName } from './words.ts'
import './conversation-row.css'

/** One conversation as the list shows it. The link around it belongs to the page. */
export function ConversationRow({
  conversation,
  accountName,
}: {
  conversation: Conversation
  /** Only given when there is more than one account to tell apart. */
  accountName?: string | null | undefined
}) {
  const { person, status, waiting, parked, preview, lastMessageAt } = conversation
  const name = personName(person)
  const { word, tone } = conversationWords[status]
  return (
    <>
      <Face name={person.name ?? person.username ?? ''} size={42} />
      <span className="conversation-text">
        <span className="conversation-top">
          <span className="conversation-name" data-waiting={waiting > 0 || undefined}>
            {name}
          </span>
          {lastMessageAt === null ? null : (
            <span className="conversation-age">
              <Moment at={lastMessageAt} form="short" />
            </span>
          )}
        </span>
        <span className="conversation-preview">{preview ?? 'No text to show'}</span>
        <span className="conversation-tags">
          <Tag tone={tone}>{word}</Tag>
          {waiting > 0 ? <Tag tone="plain">{waiting} waiting</Tag> : null}
          {parked === null ? null : <Tag tone="bad">Parked</Tag>}
          {accountName === undefined || accountName === null ? null : (
            <span className="conversation-account">@{accountName}</span>
          )}
        </span>
      </span>
    </>
  )
}

const ROWS = 8

/** As tall as what will stand there. */
export function ConversationRowSkeletons() {
  return (
    <div role="status" aria-label="Loading conversations">
      {Array.from({ length: ROWS }, (_, index) => (
        <div key={index} className="conversation">
          <Skeleton height={42} width={42} radius="xl" />
          <div className="conversation-text">
            <Skeleton height={14} width="45%" my={4} />
            <Skeleton height={12} width="85%" my={5} />
            <Skeleton height={16} width={90} radius="xl" mt={4} />
          </div>
        </div>
      ))}
    </div>
  )
}
