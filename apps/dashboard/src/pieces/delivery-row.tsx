import { Skeleton } from '@mantine/core'
import type { Delivery } from '@parley/contract/delivery.ts'
import { Moment } from '#ui/moment.tsx'
import { Tag } from '#ui/tag.tsx'
import { byteSize, clockTime } from '#ui/time.ts'
import { deliveryWords, summary } from './delivery-words.ts'
import './delivery-row.css'

/** One POST from Meta as the list shows it. The link around it belongs to the page. */
export function DeliveryRow({ delivery }: { delivery: Delivery }) {
  const { receivedAt, bytes, signedWith, state, events } = delivery
  const { word, tone } = deliveryWords[state]
  return (
    <>
      <span className="delivery-when">
        <span className="delivery-clock">{clockTime(receivedAt)}</span>
        <Moment at={receivedAt} form="short" />
      </span>
      <span className="delivery-what">
        <span>{summary(events)}</span>
        <span className="small soft">
          {byteSize(bytes)} · signed with {signedWith}
        </span>
      </span>
      <Tag tone={tone}>{word}</Tag>
    </>
  )
}

const ROWS = 8

export function DeliveryRowSkeletons() {
  return (
    <div role="status" aria-label="Loading deliveries">
      {Array.from({ length: ROWS }, (_, index) => (
        <div key={index} className="delivery">
          <Skeleton height={14} width={48} />
          <span className="delivery-what">
            <Skeleton height={14} width="40%" my={4} />
            <Skeleton height={11} width="25%" my={4} />
          </span>
          <Skeleton height={20} width={84} radius="xl" />
        </div>
      ))}
    </div>
  )
}
