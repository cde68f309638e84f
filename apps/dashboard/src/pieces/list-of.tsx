import { Button, Skeleton } from '@mantine/core'
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { mergeRows } from '#api/merge-messages.ts'
import { asRefusal } from '#api/refusal.ts'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import '#ui/rows.css'

const SKELETONS = 5

/** A list in a panel, in each of its states: loading, refused, empty, filled, with more to come. */
export function ListOf<Row extends { id: string }>({
  list,
  label,
  empty,
  more = 'Show older',
  children,
}: {
  list: UseInfiniteQueryResult<InfiniteData<{ data: Row[] }>>
  label: string
  /** An `Empty`. */
  empty: ReactNode
  more?: string
  children: (row: Row) => ReactNode
}) {
  const rows = mergeRows(list.data?.pages ?? [])
  if (list.error !== null && list.data === undefined) {
    return <RefusalNotice {...asRefusal(list.error).problem} onRetry={() => void list.refetch()} />
  }
  if (list.isSuccess && rows.length === 0) return <div className="panel">{empty}</div>
  return (
    <>
      <div className="panel rows" aria-busy={list.isFetching}>
        {list.isPending ? <RowSkeletons label={label} /> : null}
        <ul aria-label={label}>
          {rows.map((row) => (
            <li key={row.id}>{children(row)}</li>
          ))}
        </ul>
      </div>
      {list.hasNextPage ? (
        <Button
          variant="default"
          className="rows-more"
          loading={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          {more}
        </Button>
      ) : null}
    </>
  )
}

function RowSkeletons({ label }: { label: string }) {
  return (
    <div role="status" aria-label={`Loading: ${label}`}>
      {Array.from({ length: SKELETONS }, (_, index) => (
        <div key={index} className="rows-row">
          <span className="rows-what">
            <Skeleton height={14} width="40%" my={4} />
            <Skeleton height={11} width="65%" my={4} />
          </span>
          <Skeleton height={20} width={72} radius="xl" />
        </div>
      ))}
    </div>
  )
}
