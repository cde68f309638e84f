import { ActionIcon, Button, Menu, Skeleton } from '@mantine/core'
import {
  IconArchive,
  IconArrowBackUp,
  IconChevronLeft,
  IconDots,
  IconEye,
  IconInfoCircle,
} from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { Conversation } from '@parley/contract/conversation.ts'
import type { LinkProps } from '@tanstack/react-router'
import { Face } from '#ui/face.tsx'
import { Tag } from '#ui/tag.tsx'
import { useNow } from '#ui/use-now.ts'
import { answerWindow, windowWords } from './answer-window.ts'
import { conversationWords, personName } from './words.ts'
import './thread-head.css'

export type ThreadAct = 'takeOver' | 'resume' | 'resumeWaiting' | 'close' | 'seen'

/** On a phone the thread replaces the list, so reading starts at its name. */
function focusOnPhone(heading: HTMLElement | null): void {
  if (window.matchMedia('(width < 900px)').matches) heading?.focus({ preventScroll: true })
}

/** Who it is, whose turn it is, and what can be done about that. */
export function ThreadHead({
  conversation,
  back,
  details,
  isBusy,
  onAct,
}: {
  conversation: Conversation
  back: LinkProps
  details: LinkProps
  isBusy: boolean
  onAct: (act: ThreadAct) => void
}) {
  const nowMs = useNow()
  const { person, status, waiting, parked } = conversation
  const name = personName(person)
  const answering = answerWindow(conversation.window, nowMs)
  const { word, tone } = conversationWords[status]
  return (
    <header className="thread-head">
      <Back to={back} />
      <Face name={person.name ?? person.username ?? ''} size={40} />
      <div className="thread-who">
        <h2 ref={focusOnPhone} tabIndex={-1}>
          {name}
        </h2>
        <p className="thread-facts">
          <Tag tone={tone}>{word}</Tag>
          <span className="thread-window" data-state={answering.state}>
            {windowWords(answering, nowMs)}
          </span>
        </p>
      </div>
      <div className="thread-acts">
        {status === 'automated' && parked === null ? (
          <Button
            size="sm"
            variant="default"
            loading={isBusy}
            onClick={() => {
              onAct('takeOver')
            }}
          >
            Take over
          </Button>
        ) : (
          <Button
            size="sm"
            variant="light"
            aria-label="Resume automation"
            loading={isBusy}
            onClick={() => {
              onAct('resume')
            }}
          >
            Resume<span className="thread-wide">&nbsp;automation</span>
          </Button>
        )}
        <Menu>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size={36} aria-label="More">
              <IconDots size={20} aria-hidden="true" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {status !== 'automated' && waiting > 0 ? (
              <Menu.Item
                leftSection={<IconArrowBackUp size={16} aria-hidden="true" />}
                onClick={() => {
                  onAct('resumeWaiting')
                }}
              >
                Resume and answer {waiting} waiting
              </Menu.Item>
            ) : null}
            <Menu.Item
              leftSection={<IconEye size={16} aria-hidden="true" />}
              onClick={() => {
                onAct('seen')
              }}
            >
              Mark as seen
            </Menu.Item>
            <Menu.Item
              className="thread-narrow"
              leftSection={<IconInfoCircle size={16} aria-hidden="true" />}
              renderRoot={(props) => <Link {...details} {...props} />}
            >
              Details
            </Menu.Item>
            {status === 'closed' ? null : (
              <Menu.Item
                leftSection={<IconArchive size={16} aria-hidden="true" />}
                onClick={() => {
                  onAct('close')
                }}
              >
                Close conversation
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
        <ActionIcon
          className="thread-details"
          variant="subtle"
          color="gray"
          size={36}
          aria-label="Details"
          renderRoot={(props) => <Link {...details} {...props} />}
        >
          <IconInfoCircle size={20} aria-hidden="true" />
        </ActionIcon>
      </div>
    </header>
  )
}

/** The head while there is no conversation. The way back is there from the start: a phone shows no other. */
export function ThreadHeadSkeleton({ back, isLoading }: { back: LinkProps; isLoading: boolean }) {
  return (
    <div className="thread-head">
      <Back to={back} />
      {isLoading ? (
        <>
          <Skeleton height={40} width={40} radius="xl" />
          <div className="thread-who">
            <Skeleton height={14} width={140} my={4} />
            <Skeleton height={12} width={200} my={4} />
          </div>
        </>
      ) : null}
    </div>
  )
}

function Back({ to }: { to: LinkProps }) {
  return (
    <Link {...to} className="thread-back" aria-label="Back to the list">
      <IconChevronLeft size={24} aria-hidden="true" />
    </Link>
  )
}
