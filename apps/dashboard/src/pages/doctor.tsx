import { Button, Skeleton } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { IconPhoneIncoming, IconStethoscope } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { MetaSetup } from '@parley/contract/doctor.ts'
import { MetaCallKind } from '@parley/contract/meta-call.ts'
import { asRefusal } from '#api/refusal.ts'
import { doctorQuery, metaCallsQuery, setupQuery } from '#api/settings-queries.ts'
import { VerifyToken } from '#forms/verify-token.tsx'
import { paths } from '#paths.ts'
import { FindingList } from '#pieces/finding-list.tsx'
import { ListOf } from '#pieces/list-of.tsx'
import { callWords, MetaCallRow } from '#pieces/meta-call-row.tsx'
import { SeenList } from '#pieces/seen-list.tsx'
import { SetupValues } from '#pieces/setup-values.tsx'
import { Empty } from '#ui/empty.tsx'
import { Filters } from '#ui/filters.tsx'
import { Moment } from '#ui/moment.tsx'
import { Notice } from '#ui/notice.tsx'
import { Page } from '#ui/page.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import './doctor.css'

const route = getRouteApi('/frame/settings/doctor')

/** What is wrong, what Meta's dashboard must be given, and what Meta called, as it calls. */
export function DoctorPage() {
  const { show } = route.useSearch()
  const setup = useQuery(setupQuery())
  const doctor = useQuery(doctorQuery())
  const calls = useInfiniteQuery(metaCallsQuery(show))
  const examine = () => void doctor.refetch()
  return (
    <Page
      title="Doctor"
      lead="What is wrong, what Meta’s dashboard must be given, and what Meta called."
      action={
        <Button
          loading={doctor.isFetching}
          leftSection={<IconStethoscope size={18} stroke={1.75} aria-hidden="true" />}
          onClick={examine}
        >
          Run all checks
        </Button>
      }
    >
      <Part
        id="checks"
        title="Checks"
        beside={
          doctor.data === undefined ? null : (
            <>
              Looked <Moment at={doctor.data.checkedAt} />
            </>
          )
        }
      >
        {doctor.error === null ? null : (
          <RefusalNotice {...asRefusal(doctor.error).problem} onRetry={examine} />
        )}
        {doctor.data === undefined ? (
          <div className="panel">
            <Empty icon={IconStethoscope} title={doctor.isFetching ? 'Looking…' : 'Not looked yet'}>
              {doctor.isFetching
                ? 'This machine, the database, the public address and Meta are asked. It may take half a minute.'
                : 'Run all checks to look at this machine, the database, the public address and Meta’s side. It repairs nothing; connections it asks Meta about count as checked.'}
            </Empty>
          </div>
        ) : (
          <FindingList findings={doctor.data.findings} />
        )}
      </Part>
      <Part id="setup" title="For Meta’s dashboard">
        {setup.isPending ? <Skeleton height={320} radius="lg" aria-label="Loading" /> : null}
        {setup.error === null || setup.data !== undefined ? null : (
          <RefusalNotice {...asRefusal(setup.error).problem} onRetry={() => void setup.refetch()} />
        )}
        {setup.data === undefined ? null : (
          <SetupValues setup={setup.data} verifyToken={<VerifyToken />} />
        )}
      </Part>
      <Part id="calls" title="What Meta called" beside="New calls appear by themselves.">
        {setup.data === undefined ? null : (
          <>
            <WrongSignature seen={setup.data.seen} />
            <SeenList seen={setup.data.seen} />
          </>
        )}
        <Filters label="Filter calls">
          {[undefined, 'refused' as const, ...MetaCallKind.options].map((option) => (
            <Link
              key={option ?? 'all'}
              {...paths.doctor({ show: option })}
              activeOptions={{ exact: true, includeSearch: true }}
              aria-current={show === option ? 'true' : undefined}
              resetScroll={false}
            >
              {option === undefined ? 'All' : option === 'refused' ? 'Refused' : callWords[option]}
            </Link>
          ))}
        </Filters>
        <ListOf
          list={calls}
          label="Calls"
          empty={
            <Empty icon={IconPhoneIncoming} title="Nothing here">
              {show === undefined
                ? 'As soon as Meta, or somebody else, calls one of the addresses above, the call appears here.'
                : 'No call of this kind is known.'}
            </Empty>
          }
        >
          {(call) => <MetaCallRow call={call} />}
        </ListOf>
      </Part>
    </Page>
  )
}

/** Until something rightly signed comes after it: nothing else is as often wrong. */
function WrongSignature({ seen: { wrongSignature, lastDelivery } }: Pick<MetaSetup, 'seen'>) {
  if (wrongSignature === null || (lastDelivery !== null && lastDelivery > wrongSignature))
    return null
  return (
    <Notice tone="warn" title="The newest delivery was refused for its signature">
      <p>
        That was <Moment at={wrongSignature} />. What is likely wrong stands in the list below.
      </p>
    </Notice>
  )
}

function Part({
  id,
  title,
  beside,
  children,
}: {
  id: string
  title: string
  beside?: ReactNode
  children: ReactNode
}) {
  return (
    <section className="doctor-part" aria-labelledby={id}>
      <div className="doctor-head">
        <h2 id={id}>{title}</h2>
        {beside === undefined || beside === null ? null : <p className="small soft">{beside}</p>}
      </div>
      {children}
    </section>
  )
}
