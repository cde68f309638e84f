import { Button } from '@mantine/core'
import { IconInbox, IconPlugConnected } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ConversationStatus } from '@parley/contract/conversation.ts'
import { paths } from '#paths.ts'
import { Empty } from '#ui/empty.tsx'

const titles: Readonly<Record<ConversationStatus | 'all', string>> = {
  all: 'No conversations yet',
  human: 'Nobody waits for a person',
  automated: 'No automated conversations',
  closed: 'No closed conversations',
}

export function InboxEmpty({
  status,
  hasAccounts,
}: {
  status: ConversationStatus | undefined
  hasAccounts: boolean
}) {
  if (!hasAccounts) {
    return (
      <Empty
        icon={IconPlugConnected}
        title="No account is connected"
        action={
          <Button renderRoot={(props) => <Link {...paths.connections()} {...props} />}>
            Connect an account
          </Button>
        }
      >
        Connect an Instagram account; what people write to it arrives here.
      </Empty>
    )
  }
  return (
    <Empty icon={IconInbox} title={titles[status ?? 'all']}>
      {status === undefined
        ? 'As soon as somebody writes, the conversation appears here by itself.'
        : 'Conversations come and go here by themselves as their state changes.'}
    </Empty>
  )
}
