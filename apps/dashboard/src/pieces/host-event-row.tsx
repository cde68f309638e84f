import type { ReactNode } from 'react'
import type { HostEvent } from '@parley/contract/host-event.ts'
import { Tag } from '#ui/tag.tsx'
import { When } from '#ui/when.tsx'
import { tellingSentence, tellingWords } from './endpoint-words.ts'

/** One event and what became of telling this endpoint. */
export function HostEventRow({
  event,
  endpointId,
  action,
}: {
  event: HostEvent
  endpointId: string
  action: ReactNode
}) {
  const telling = event.deliveries.find((delivery) => delivery.endpointId === endpointId)
  return (
    <div className="rows-row" data-timed>
      <When at={event.timestamp} />
      <span className="rows-what">
        <span className="rows-title">{event.type}</span>
        {telling === undefined ? null : (
          <span className="small soft">{tellingSentence(telling)}</span>
        )}
        <span className="small soft">{event.id}</span>
      </span>
      <span className="rows-end">
        {telling === undefined ? null : (
          <Tag tone={tellingWords[telling.state].tone}>{tellingWords[telling.state].word}</Tag>
        )}
        {action}
      </span>
    </div>
  )
}
