import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { IconArrowLeft } from '@tabler/icons-react'
import { deliveryQuery } from '#api/queries.ts'
import { asRefusal } from '#api/refusal.ts'
import { Replay } from '#forms/replay.tsx'
import { paths } from '#paths.ts'
import { deliveryWords, outcomeWords } from '#pieces/delivery-words.ts'
import { whyNotManage } from '#pieces/may-manage.ts'
import { sentence } from '#pieces/words.ts'
import { Facts } from '#ui/facts.tsx'
import { Page } from '#ui/page.tsx'
import { RawBody } from '#ui/raw-body.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import { Tag } from '#ui/tag.tsx'
import { byteSize, exactTime } from '#ui/time.ts'
import './delivery.css'

const route = getRouteApi('/frame/deliveries/$deliveryId')

/** One POST from Meta: its facts, each event in it, and the bytes as they came. */
export function DeliveryPage() {
  const { deliveryId } = route.useParams()
  const { me } = route.useRouteContext()
  const query = useQuery(deliveryQuery(deliveryId))
  const delivery = query.data
  return (
    <Page
      title="Delivery"
      lead={
        <Link {...paths.deliveries()} className="row">
          <IconArrowLeft size={16} aria-hidden="true" />
          Deliveries
        </Link>
      }
      action={<Replay deliveryId={deliveryId} refused={whyNotManage(me)} />}
    >
      {query.isPending ? <Skeleton height={160} radius="lg" aria-label="Loading" /> : null}
      {query.error === null || delivery !== undefined ? null : (
        <RefusalNotice {...asRefusal(query.error).problem} onRetry={() => void query.refetch()} />
      )}
      {delivery === undefined ? null : (
        <>
          <section className="panel delivery-part" aria-label="Facts">
            <Facts
              wide
              rows={[
                [
                  'State',
                  <Tag key="state" tone={deliveryWords[delivery.state].tone}>
                    {deliveryWords[delivery.state].word}
                  </Tag>,
                ],
                ['Received', exactTime(delivery.receivedAt)],
                ['Size', byteSize(delivery.bytes)],
                ['Signed with', delivery.signedWith],
                ['Id', delivery.id],
              ]}
            />
          </section>
          <section className="panel delivery-part" aria-labelledby="events">
            <h2 id="events">Events</h2>
            {delivery.events.length === 0 ? (
              <p className="soft">No events were read from it yet.</p>
            ) : null}
            <ul className="delivery-events" aria-label="Events">
              {delivery.events.map(({ kind, outcome, conversationId, mid, detail }, index) => (
                <li key={`${mid ?? ''}${index}`}>
                  <div className="row">
                    <strong>{sentence(kind)}</strong>
                    <Tag tone={outcomeWords[outcome].tone}>{outcomeWords[outcome].word}</Tag>
                    {conversationId === null ? null : (
                      <Link {...paths.conversation(conversationId)}>Open conversation</Link>
                    )}
                  </div>
                  {detail === null ? null : <p className="soft">{detail}</p>}
                  {mid === null ? null : <p className="small soft">mid {mid}</p>}
                </li>
              ))}
            </ul>
          </section>
          <section className="panel delivery-part" aria-labelledby="body">
            {delivery.body === undefined || delivery.body === null ? (
              <>
                <h2 id="body">Body</h2>
                <p className="soft">
                  Not shown: it was not kept, or it also holds entries of accounts you may not see.
                </p>
              </>
            ) : (
              <RawBody titleId="body" title="Body" text={delivery.body} />
            )}
          </section>
        </>
      )}
    </Page>
  )
}
