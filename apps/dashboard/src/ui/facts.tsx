import { Fragment } from 'react'
import type { ReactNode } from 'react'
import './facts.css'

/** Names and values, one under the other; `wide` puts them side by side where there is room. */
export function Facts({
  rows,
  wide = false,
}: {
  rows: readonly (readonly [string, ReactNode])[]
  wide?: boolean
}) {
  return (
    <dl className="facts" data-wide={wide || undefined}>
      {rows.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  )
}
