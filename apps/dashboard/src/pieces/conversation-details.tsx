import { ActionIcon } from '@mantine/core'
import { IconExternalLink, IconX } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { LinkProps } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Connection } from '@parley/contract/connection.ts'
import type { Conversation } from '@parley/contract/conversation.ts'
import { instagram } from '#paths.ts'
import { Facts } from '#ui/facts.tsx'
import { exactTime } from '#ui/time.ts'
import { sentence } from './words.ts'
import './conversation-details.css'

/** What is known about the person and the conversation; what the flow asked stands first. */
export function ConversationDetails({
  conversation,
  connection,
  close,
  erase,
}: {
  conversation: Conversation
  connection: Connection | undefined
  close: LinkProps
  /** The way to erase the person. */
  erase: ReactNode
}) {
  const { person, fields, window } = conversation
  const collected = Object.entries(fields)
  return (
    <aside className="details" aria-label="Details">
      <div className="details-head">
        <h2>Details</h2>
        <ActionIcon
          className="details-close"
          variant="subtle"
          color="gray"
          size={36}
          aria-label="Close details"
          renderRoot={(props) => <Link {...close} {...props} />}
        >
          <IconX size={18} aria-hidden="true" />
        </ActionIcon>
      </div>
      <section>
        <h3>Collected answers</h3>
        {collected.length === 0 ? (
          <p className="small soft">Nothing yet. Answers the automation asks for stand here.</p>
        ) : (
          <Facts
            rows={collected.map(([field, value]) => [
              sentence(field),
              value === '' ? 'Answered without text' : value,
            ])}
          />
        )}
      </section>
      <section>
        <h3>Person</h3>
        <Facts
          rows={[
            ['Name', person.name ?? 'Not told by Instagram'],
            [
              'Username',
              person.username === null ? (
                'Not told by Instagram'
              ) : (
                <a
                  key="profile"
                  href={instagram.profile(person.username)}
                  target="_blank"
                  rel="noopener noreferrer"
                >
                  @{person.username} <IconExternalLink size={13} aria-label="opens in a new tab" />
                </a>
              ),
            ],
            ['Instagram-scoped id', person.igsid],
          ]}
        />
      </section>
      <section>
        <h3>Conversation</h3>
        <Facts
          rows={[
            [
              'Writes to',
              connection === undefined
                ? '…'
                : `@${connection.account.username ?? connection.account.id}`,
            ],
            [
              'Automation can answer until',
              window.openUntil === null ? 'Never opened' : exactTime(window.openUntil),
            ],
            [
              'A person can answer until',
              window.humanAgentUntil === null
                ? 'No longer than that'
                : exactTime(window.humanAgentUntil),
            ],
          ]}
        />
      </section>
      <section>{erase}</section>
    </aside>
  )
}
