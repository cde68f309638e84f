import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { IconWebhook } from '@tabler/icons-react'
import { DeliveryState } from '@parley/contract/delivery.ts'
import { mergeRows } from '#api/merge-messages.ts'
import { deliveriesQuery } from '#api/queries.ts'
import { asRefusal } from '#api/refusal.ts'
import { paths } from '#paths.ts'
import { DeliveryRow, DeliveryRowSkeletons } from '#pieces/delivery-row.tsx'
import { deliveryWords } from '#pieces/delivery-words.ts'
import { Empty } from '#ui/empty.tsx'
import { Filters } from '#ui/filters.tsx'
import { Page } from '#ui/page.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import './deliveries.css'

const route = getRouteApi('/frame/deliveries')

/** Every POST Meta sent, newest first, and what became of it. */
export function DeliveriesPage() {
  const { state } = route.useSearch()
  const deliveries = useInfiniteQuery(deliveriesQuery({ state }))
  const rows = mergeRows(deliveries.data?.pages ?? [])
  return (
    <Page title="Deliveries" lead="What Meta sent, and what became of it. Newest first.">
      <Filters label="Filter deliveries">
        {[undefined, ...DeliveryState.options].map((option) => (
          <Link
            key={option ?? 'all'}
            {...paths.deliveries({ state: option })}
            activeOptions={{ exact: true, includeSearch: true }}
            aria-current={state === option ? 'true' : undefined}
          >
            {option === undefined ? 'All' : deliveryWords[option].word}
          </Link>
        ))}
      </Filters>
      {deliveries.error === null || deliveries.data !== undefined ? null : (
        <RefusalNotice
          {...asRefusal(deliveries.error).problem}
          onRetry={() => void deliveries.refetch()}
        />
      )}
      {deliveries.isPending || rows.length > 0 ? (
        <div className="panel deliveries" aria-busy={deliveries.isFetching}>
          {deliveries.isPending ? <DeliveryRowSkeletons /> : null}
          <ul aria-label="Deliveries">
            {rows.map((delivery) => (
              <li key={delivery.id}>
                <Link {...paths.delivery(delivery.id)} className="delivery">
                  <DeliveryRow delivery={delivery} />
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ) : null}
      {deliveries.isSuccess && rows.length === 0 ? (
        <div className="panel">
          <Empty icon={IconWebhook} title="Nothing here">
            {state === undefined
              ? 'As soon as Meta calls the webhook, the call appears here by itself.'
              : 'No delivery is in this state.'}
          </Empty>
        </div>
      ) : null}
      {deliveries.hasNextPage ? (
        <Button
          variant="default"
          loading={deliveries.isFetchingNextPage}
          onClick={() => void deliveries.fetchNextPage()}
        >
          Show older deliveries
        </Button>
      ) : null}
    </Page>
  )
}
