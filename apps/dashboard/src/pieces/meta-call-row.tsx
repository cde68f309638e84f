import { Link } from '@tanstack/react-router'
import type { MetaCall, MetaCallKind } from '@parley/contract/meta-call.ts'
import { paths } from '#paths.ts'
import { Tag } from '#ui/tag.tsx'
import { When } from '#ui/when.tsx'
import { summary } from './delivery-words.ts'

export const callWords: Readonly<Record<MetaCallKind, string>> = {
  handshake: 'Handshake',
  delivery: 'Delivery',
  deauthorize: 'Deauthorize',
  data_deletion: 'Data deletion',
}

/** One call at Meta's addresses. One that is kept leads to its page. */
export function MetaCallRow({ call }: { call: MetaCall }) {
  const { at, kind, outcome, message, hint, address, delivery } = call
  const content = (
    <>
      <When at={at} />
      <span className="rows-what">
        <span className="rows-title">
          {delivery === null ? callWords[kind] : summary(delivery.events)}
        </span>
        <span className="small">{message}</span>
        {hint === null ? null : <span className="small soft">{hint}</span>}
        {address === null ? null : <span className="small soft">From {address}</span>}
      </span>
      <Tag tone={outcome === 'accepted' ? 'good' : 'bad'}>
        {outcome === 'accepted' ? 'Accepted' : 'Refused'}
      </Tag>
    </>
  )
  return delivery === null ? (
    <div className="rows-row" data-timed>
      {content}
    </div>
  ) : (
    <Link {...paths.delivery(delivery.id)} className="rows-row" data-timed>
      {content}
    </Link>
  )
}
