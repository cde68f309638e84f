import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { IconPlus, IconSend } from '@tabler/icons-react'
import { useState } from 'react'
import { endpointsQuery } from '#api/settings-queries.ts'
import { CreateEndpointForm } from '#forms/create-endpoint.tsx'
import { paths } from '#paths.ts'
import { endpointState, eventsWords } from '#pieces/endpoint-words.ts'
import { ListOf } from '#pieces/list-of.tsx'
import { whyNotManage } from '#pieces/may-manage.ts'
import { tenantName } from '#pieces/words.ts'
import { Action } from '#ui/action.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { Empty } from '#ui/empty.tsx'
import { Page } from '#ui/page.tsx'
import { Tag } from '#ui/tag.tsx'

const route = getRouteApi('/frame/settings/endpoints')

/** Where the host's own servers are told what happens. */
export function EndpointsPage() {
  const { me } = route.useRouteContext()
  const { tenant } = route.useSearch()
  const [isCreating, setIsCreating] = useState(false)
  const endpoints = useInfiniteQuery(endpointsQuery(tenant))
  const close = () => {
    setIsCreating(false)
  }
  return (
    <Page
      title="Host endpoints"
      lead="Your own servers, told of what happens: signed, in order, until they answer."
      action={
        <Action
          reason={whyNotManage(me)}
          leftSection={<IconPlus size={18} stroke={1.75} aria-hidden="true" />}
          onClick={() => {
            setIsCreating(true)
          }}
        >
          Add endpoint
        </Action>
      }
    >
      <ListOf
        list={endpoints}
        label="Host endpoints"
        empty={
          <Empty icon={IconSend} title="No endpoint yet">
            Add the address of your server, and it is told when accounts connect, people write, and
            connections need somebody.
          </Empty>
        }
      >
        {(endpoint) => {
          const { word, tone, why } = endpointState(endpoint)
          return (
            <Link {...paths.endpoint(endpoint.id)} className="rows-row">
              <span className="rows-what">
                <span className="rows-title">{endpoint.url}</span>
                <span className="small soft">
                  {eventsWords(endpoint.events)} · {tenantName(me, endpoint.tenantId)}
                </span>
                {why === undefined ? null : <span className="small soft">{why}</span>}
              </span>
              <Tag tone={tone}>{word}</Tag>
            </Link>
          )
        }}
      </ListOf>
      <Dialog title="Add a host endpoint" isOpen={isCreating} onClose={close}>
        {isCreating ? <CreateEndpointForm me={me} tenantId={tenant} onDone={close} /> : null}
      </Dialog>
    </Page>
  )
}
