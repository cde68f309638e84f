import { getRouteApi } from '@tanstack/react-router'
import { useHotkeys } from '@mantine/hooks'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { mergeMessages } from '#api/merge-messages.ts'
import { connectionsQuery, messagesQuery } from '#api/queries.ts'
import { asRefusal } from '#api/refusal.ts'
import { useConversation } from '#api/use-conversation.ts'
import { useConversationActs } from '#api/use-conversation-acts.ts'
import { useReplies } from '#api/use-replies.ts'
import { ErasePerson } from '#forms/erase-person.tsx'
import { ReplyForm } from '#forms/reply.tsx'
import { paths } from '#paths.ts'
import { answerWindow, whyNoReply } from '#pieces/answer-window.ts'
import { ConversationDetails } from '#pieces/conversation-details.tsx'
import { HandNotice } from '#pieces/hand-notice.tsx'
import { OutgoingLine } from '#pieces/outgoing-line.tsx'
import { ThreadHead, ThreadHeadSkeleton } from '#pieces/thread-head.tsx'
import { Thread, ThreadSkeleton } from '#pieces/thread.tsx'
import { personName } from '#pieces/words.ts'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import { remaining } from '#ui/time.ts'
import { useNow } from '#ui/use-now.ts'
import './conversation.css'

const route = getRouteApi('/frame/inbox/$conversationId')

export function ConversationPage() {
  const { conversationId } = route.useParams()
  // A new conversation is a new page: its draft, scroll and announcements are its own.
  return <OpenConversation key={conversationId} id={conversationId} />
}

function OpenConversation({ id }: { id: string }) {
  const { details, ...filter } = route.useSearch()
  const nowMs = useNow()
  const box = useRef<HTMLDivElement>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const conversation = useConversation(id)
  const messages = useInfiniteQuery(messagesQuery(id))
  const connections = useQuery(connectionsQuery({ tenantId: filter.tenant }))
  const acts = useConversationActs(id)
  const replies = useReplies(id)
  useHotkeys([['r', () => field.current?.focus()]])

  if (conversation.data === undefined) {
    return (
      <section className="thread-pane" aria-label="Conversation">
        <div className="thread-column">
          <ThreadHeadSkeleton back={paths.inbox(filter)} isLoading={conversation.error === null} />
          <div />
          {conversation.error === null ? (
            <ThreadSkeleton />
          ) : (
            <div className="thread-refused">
              <RefusalNotice
                {...asRefusal(conversation.error).problem}
                onRetry={() => void conversation.refetch()}
              />
            </div>
          )}
        </div>
      </section>
    )
  }

  const { person, status } = conversation.data
  const connection = connections.data?.data.find(({ id }) => id === conversation.data.connectionId)
  const window = answerWindow(conversation.data.window, nowMs)
  const isHumanAgent = window.state === 'human_agent'
  const send = (text: string) => {
    replies.send(isHumanAgent ? { text, humanAgent: true } : { text })
    box.current?.scrollTo({ top: 0 })
  }

  return (
    <section
      className="thread-pane"
      aria-label={`Conversation with ${personName(person)}`}
      data-details={details}
    >
      <title>{`${personName(person)} · Parley`}</title>
      <div className="thread-column">
        <ThreadHead
          conversation={conversation.data}
          back={paths.inbox(filter)}
          details={paths.conversation(id, {
            ...filter,
            details: details === '1' ? undefined : '1',
          })}
          isBusy={acts.isPending}
          onAct={acts.act}
        />
        <HandNotice
          conversation={conversation.data}
          refusal={acts.error === null ? undefined : asRefusal(acts.error).problem}
        />
        {messages.data === undefined ? (
          messages.error === null ? (
            <ThreadSkeleton />
          ) : (
            <div className="thread-refused">
              <RefusalNotice
                {...asRefusal(messages.error).problem}
                onRetry={() => void messages.refetch()}
              />
            </div>
          )
        ) : (
          <Thread
            box={box}
            messages={mergeMessages(messages.data.pages)}
            isLoadingOlder={messages.isFetchingNextPage}
            onLoadOlder={messages.hasNextPage ? () => void messages.fetchNextPage() : undefined}
            outgoing={
              replies.outgoing.length === 0
                ? null
                : replies.outgoing.map((line) => (
                    <OutgoingLine
                      key={line.key}
                      text={line.text}
                      refusal={line.error === null ? undefined : asRefusal(line.error).problem}
                      onRetry={() => {
                        replies.retry(line.key)
                      }}
                      onDiscard={() => {
                        replies.discard(line.key)
                      }}
                    />
                  ))
            }
          />
        )}
        <ReplyForm
          conversationId={id}
          field={field}
          refused={whyNoReply(window, connection)}
          note={
            isHumanAgent
              ? `The 24 hours are over: this goes out as a human agent, possible for ${remaining(window.untilMs - nowMs)}.`
              : status === 'automated'
                ? 'The automation answers here. Your reply takes over from it.'
                : undefined
          }
          onSend={send}
          onTyping={acts.typing}
        />
      </div>
      <ConversationDetails
        conversation={conversation.data}
        connection={connection}
        close={paths.conversation(id, filter)}
        erase={<ErasePerson conversationId={id} name={personName(person)} />}
      />
    </section>
  )
}
