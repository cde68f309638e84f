import { Button, Skeleton } from '@mantine/core'
import { IconArrowDown, IconMessageCircle } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import type { ReactNode, RefObject } from 'react'
import type { Message } from '@parley/contract/message.ts'
import { Empty } from '#ui/empty.tsx'
import { dayName } from '#ui/time.ts'
import { useNow } from '#ui/use-now.ts'
import { findQuoted, groupThread } from './group-thread.ts'
import { MessageLine } from './message-line.tsx'
import { authorWords } from './words.ts'
import './thread.css'

/** Scrolled up further than this, the newest lines are out of sight. */
const AWAY_PX = 240

/**
 * The lines of a conversation, newest at the bottom. The box is laid out bottom up, so the browser keeps the
 * end in view when lines arrive and the place when older ones are put on top.
 */
export function Thread({
  messages,
  outgoing,
  isLoadingOlder,
  onLoadOlder,
  box,
}: {
  messages: readonly Message[]
  /** Lines that are still on their way to the server. */
  outgoing: ReactNode
  isLoadingOlder: boolean
  /** Undefined when the beginning is reached. */
  onLoadOlder: (() => void) | undefined
  box: RefObject<HTMLDivElement | null>
}) {
  const nowMs = useNow()
  const [isAway, setIsAway] = useState(false)
  const opened = useRef<string | undefined>(messages.at(-1)?.id)
  const newest = messages.at(-1)
  const isNews = newest !== undefined && newest.id !== opened.current
  return (
    <div className="thread-frame">
      <div
        ref={box}
        className="thread"
        tabIndex={0}
        role="region"
        aria-label="Messages"
        onScroll={(event) => {
          setIsAway(event.currentTarget.scrollTop < -AWAY_PX)
        }}
      >
        <div className="thread-lines">
          {onLoadOlder === undefined ? null : (
            <Button
              className="thread-older"
              variant="default"
              size="xs"
              loading={isLoadingOlder}
              onClick={onLoadOlder}
            >
              Show earlier messages
            </Button>
          )}
          {messages.length === 0 && outgoing === null ? (
            <Empty icon={IconMessageCircle} title="No lines yet">
              What is written here appears by itself.
            </Empty>
          ) : null}
          <ol>
            {groupThread(messages).map((item) =>
              item.kind === 'day' ? (
                <li key={item.key} className="thread-day">
                  <span>{dayName(item.at, nowMs)}</span>
                </li>
              ) : (
                <MessageLine
                  key={item.key}
                  message={item.message}
                  quoted={findQuoted(messages, item.message)}
                  startsGroup={item.startsGroup}
                />
              ),
            )}
            {outgoing}
          </ol>
        </div>
      </div>
      {isAway ? (
        <Button
          className="thread-jump"
          size="xs"
          radius="xl"
          variant="default"
          leftSection={<IconArrowDown size={14} aria-hidden="true" />}
          onClick={() => box.current?.scrollTo({ top: 0, behavior: 'smooth' })}
        >
          Newest lines
        </Button>
      ) : null}
      <p className="hidden-visually" aria-live="polite">
        {isNews ? `${authorWords[newest.author]}: ${newest.text ?? newest.kind}` : ''}
      </p>
    </div>
  )
}

export function ThreadSkeleton() {
  return (
    <div className="thread" role="status" aria-label="Loading messages">
      <div className="thread-lines thread-skeleton">
        <Skeleton height={44} width="48%" radius="lg" />
        <Skeleton height={64} width="60%" radius="lg" ml="auto" />
        <Skeleton height={44} width="32%" radius="lg" />
        <Skeleton height={84} width="55%" radius="lg" ml="auto" />
        <Skeleton height={44} width="40%" radius="lg" />
      </div>
    </div>
  )
}
