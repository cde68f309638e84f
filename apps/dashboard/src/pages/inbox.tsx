import { Button, NativeSelect } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, Outlet, useMatch, useNavigate } from '@tanstack/react-router'
import { IconMessages } from '@tabler/icons-react'
import { useRef } from 'react'
import type { ConversationStatus } from '@parley/contract/conversation.ts'
import { mergeRows } from '#api/merge-messages.ts'
import { connectionsQuery, conversationsQuery } from '#api/queries.ts'
import { asRefusal } from '#api/refusal.ts'
import { paths } from '#paths.ts'
import { ConversationRow, ConversationRowSkeletons } from '#pieces/conversation-row.tsx'
import { InboxEmpty } from '#pieces/inbox-empty.tsx'
import { Empty } from '#ui/empty.tsx'
import { Filters } from '#ui/filters.tsx'
import { moveFocus } from '#ui/move-focus.ts'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import './inbox.css'

const route = getRouteApi('/frame/inbox')

const filters: readonly { word: string; status: ConversationStatus | undefined }[] = [
  { word: 'All', status: undefined },
  { word: 'Needs a person', status: 'human' },
  { word: 'Automated', status: 'automated' },
  { word: 'Closed', status: 'closed' },
]

/** The list, and beside it (or instead of it, on a phone) the conversation. */
export function InboxPage() {
  const filter = route.useSearch()
  const open = useMatch({ from: '/frame/inbox/$conversationId', shouldThrow: false })
  const openId = open?.params.conversationId
  const navigate = useNavigate()
  const list = useRef<HTMLUListElement>(null)
  const connections = useQuery(connectionsQuery({ tenantId: filter.tenant }))
  const conversations = useInfiniteQuery(
    conversationsQuery({
      status: filter.status,
      connectionId: filter.connection,
      tenantId: filter.tenant,
    }),
  )
  useHotkeys([
    ['j', () => moveFocus(list.current, 'next')],
    ['k', () => moveFocus(list.current, 'previous')],
  ])

  const accounts = connections.data?.data ?? []
  const rows = mergeRows(conversations.data?.pages ?? [])
  const withFilter = (search: typeof filter) =>
    openId === undefined ? paths.inbox(search) : paths.conversation(openId, search)

  return (
    <div className="inbox" data-open={openId !== undefined || undefined}>
      {openId === undefined ? <title>Inbox · Parley</title> : null}
      <section className="inbox-list" aria-label="Conversations">
        <div className="inbox-head">
          <h1 className={openId === undefined ? undefined : 'inbox-title'}>Inbox</h1>
          {accounts.length > 1 ? (
            <NativeSelect
              aria-label="Account"
              size="xs"
              value={filter.connection ?? ''}
              data={[
                { value: '', label: 'All accounts' },
                ...accounts.map(({ id, account }) => ({
                  value: id,
                  label: account.username === null ? account.id : `@${account.username}`,
                })),
              ]}
              onChange={(event) => {
                const connection = event.currentTarget.value || undefined
                void navigate(withFilter({ ...filter, connection }))
              }}
            />
          ) : null}
          <Filters label="Filter conversations">
            {filters.map(({ word, status }) => (
              <Link
                key={word}
                {...withFilter({ ...filter, status })}
                activeOptions={{ exact: true, includeSearch: true }}
                aria-current={filter.status === status ? 'true' : undefined}
              >
                {word}
              </Link>
            ))}
          </Filters>
        </div>
        <div className="inbox-rows" aria-busy={conversations.isFetching}>
          {conversations.isPending ? <ConversationRowSkeletons /> : null}
          {conversations.error === null || conversations.data !== undefined ? null : (
            <div className="inbox-pad">
              <RefusalNotice
                {...asRefusal(conversations.error).problem}
                onRetry={() => void conversations.refetch()}
              />
            </div>
          )}
          {conversations.isSuccess && rows.length === 0 ? (
            <InboxEmpty
              status={filter.status}
              hasAccounts={connections.isPending || accounts.length > 0}
            />
          ) : null}
          <ul
            ref={list}
            aria-label="Conversations"
            onKeyDown={(event) => {
              if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
              event.preventDefault()
              moveFocus(list.current, event.key === 'ArrowDown' ? 'next' : 'previous')
            }}
          >
            {rows.map((row) => (
              <li key={row.id}>
                <Link
                  {...paths.conversation(row.id, filter)}
                  className="conversation"
                  aria-current={row.id === openId ? 'page' : undefined}
                >
                  <ConversationRow
                    conversation={row}
                    accountName={
                      accounts.length > 1
                        ? accounts.find(({ id }) => id === row.connectionId)?.account.username
                        : undefined
                    }
                  />
                </Link>
              </li>
            ))}
          </ul>
          {conversations.hasNextPage ? (
            <div className="inbox-pad">
              <Button
                variant="default"
                fullWidth
                loading={conversations.isFetchingNextPage}
                onClick={() => void conversations.fetchNextPage()}
              >
                Show older conversations
              </Button>
            </div>
          ) : null}
        </div>
        <p className="inbox-keys small" aria-hidden="true">
          <kbd>J</kbd> <kbd>K</kbd> move · <kbd>Enter</kbd> open · <kbd>R</kbd> reply
        </p>
      </section>
      <Outlet />
    </div>
  )
}

/** The right pane while no conversation is chosen; a phone shows the list alone. */
export function NoConversation() {
  return (
    <div className="inbox-none">
      <Empty icon={IconMessages} title="Choose a conversation">
        Its lines appear here, live: who wrote each one, and what became of every answer.
      </Empty>
    </div>
  )
}
