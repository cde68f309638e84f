import { Skeleton } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { IconArrowLeft, IconSend } from '@tabler/icons-react'
import { asRefusal } from '#api/refusal.ts'
import { endpointQuery, hostEventsQuery } from '#api/settings-queries.ts'
import { EndpointActs } from '#forms/endpoint-acts.tsx'
import { ReplayEvent } from '#forms/replay-event.tsx'
import { paths } from '#paths.ts'
import { endpointState, tellingWords } from '#pieces/endpoint-words.ts'
import { HostEventRow } from '#pieces/host-event-row.tsx'
import { ListOf } from '#pieces/list-of.tsx'
import { whyNotManage } from '#pieces/may-manage.ts'
import { tenantName } from '#pieces/words.ts'
import { Empty } from '#ui/empty.tsx'
import { Facts } from '#ui/facts.tsx'
import { Filters } from '#ui/filters.tsx'
import { Notice } from '#ui/notice.tsx'
import { Page } from '#ui/page.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import { Tag } from '#ui/tag.tsx'
import { exactTime } from '#ui/time.ts'
import './endpoint.css'

const route = getRouteApi('/frame/settings/endpoints/$endpointId')

const states = ['pending', 'delivered', 'failed'] as const

/** One address of the host: what it is told, and what became of each event. */
export function EndpointPage() {
  const { endpointId } = route.useParams()
  const { state } = route.useSearch()
  const { me } = route.useRouteContext()
  const query = useQuery(endpointQuery(endpointId))
  const events = useInfiniteQuery(hostEventsQuery(endpointId, state))
  const endpoint = query.data
  const refused =
    whyNotManage(me) ?? (endpoint?.state === 'disabled' ? 'Enable the endpoint first.' : undefined)
  return (
    <Page
      title="Host endpoint"
      lead={
        <Link {...paths.endpoints()} className="row">
          <IconArrowLeft size={16} aria-hidden="true" />
          Host endpoints
        </Link>
      }
    >
      {query.isPending ? <Skeleton height={200} radius="lg" aria-label="Loading" /> : null}
      {query.error === null || endpoint !== undefined ? null : (
        <RefusalNotice {...asRefusal(query.error).problem} onRetry={() => void query.refetch()} />
      )}
      {endpoint === undefined ? null : (
        <section className="panel endpoint-part" aria-label="Facts">
          <EndpointTrouble {...endpointState(endpoint)} />
          <Facts
            wide
            rows={[
              ['Address', endpoint.url],
              [
                'State',
                <Tag key="state" tone={endpointState(endpoint).tone}>
                  {endpointState(endpoint).word}
                </Tag>,
              ],
              [
                'Events',
                endpoint.events === null
                  ? 'Every event, also those to come'
                  : endpoint.events.join(', '),
              ],
              ['Tenant', tenantName(me, endpoint.tenantId)],
              ['Added', exactTime(endpoint.createdAt)],
              ...(endpoint.failingSince === null
                ? []
                : [['Failing since', exactTime(endpoint.failingSince)] as const]),
            ]}
          />
          <EndpointActs endpoint={endpoint} refused={whyNotManage(me)} />
        </section>
      )}
      {endpoint === undefined ? null : (
        <section className="endpoint-events" aria-labelledby="events">
          <h2 id="events">Events</h2>
          <Filters label="Filter events">
            {[undefined, ...states].map((option) => (
              <Link
                key={option ?? 'all'}
                {...paths.endpoint(endpointId, { state: option })}
                activeOptions={{ exact: true, includeSearch: true }}
                aria-current={state === option ? 'true' : undefined}
              >
                {option === undefined ? 'All' : tellingWords[option].word}
              </Link>
            ))}
          </Filters>
          <ListOf
            list={events}
            label="Events"
            empty={
              <Empty icon={IconSend} title="Nothing here">
                {state === undefined
                  ? 'As soon as something happens that this endpoint wants to know, it is told, and the event appears here.'
                  : 'No event is in this state.'}
              </Empty>
            }
          >
            {(event) => (
              <HostEventRow
                event={event}
                endpointId={endpointId}
                action={
                  <ReplayEvent eventId={event.id} endpointId={endpointId} refused={refused} />
                }
              />
            )}
          </ListOf>
        </section>
      )}
    </Page>
  )
}

function EndpointTrouble({ word, tone, why }: ReturnType<typeof endpointState>) {
  if (why === undefined || tone === 'plain') return null
  return (
    <Notice tone={tone === 'bad' ? 'bad' : 'warn'} title={word}>
      <p>{why}</p>
    </Notice>
  )
}
