import { useQuery } from '@tanstack/react-query'
import { IconCircleCheck, IconCircleDashed } from '@tabler/icons-react'
import type { Erasure } from '@parley/contract/erasure.ts'
import { erasureQuery } from '#api/settings-queries.ts'
import { Notice } from '#ui/notice.tsx'
import { count } from '#ui/time.ts'
import './erasure-progress.css'

/** How far an erasure is, by itself, to its end. */
export function ErasureProgress({ erasure }: { erasure: Erasure }) {
  const { data } = useQuery(erasureQuery(erasure))
  const isDone = data.status === 'done'
  return (
    <section className="panel erasure" aria-label="Erasure">
      <Notice
        tone={isDone ? 'good' : 'info'}
        title={isDone ? 'Everything is erased' : 'Being erased, one kind after the other'}
      >
        <p>
          The receipt is at{' '}
          <a href={data.url} target="_blank" rel="noopener">
            {data.url}
          </a>
          . You can leave this page.
        </p>
      </Notice>
      <ul aria-label="What is erased">
        {data.stores.map(({ store, title, deleted, doneAt }) => {
          const Icon = doneAt === null ? IconCircleDashed : IconCircleCheck
          return (
            <li key={store} data-done={doneAt === null ? undefined : true}>
              <Icon
                size={18}
                stroke={1.75}
                role="img"
                aria-label={doneAt === null ? 'To come' : 'Done'}
              />
              {title}
              <span className="small soft">{count(deleted, 'record')}</span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
