import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { IconArrowLeft } from '@tabler/icons-react'
import { automationQuery, connectionsQuery } from '#api/queries.ts'
import { asRefusal } from '#api/refusal.ts'
import { ResponderSwitch } from '#forms/responder-switch.tsx'
import { paths } from '#paths.ts'
import { accountName } from '#pieces/connection-words.ts'
import { FlowView } from '#pieces/flow-view.tsx'
import { whyNotManage } from '#pieces/may-manage.ts'
import { Page } from '#ui/page.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'

const route = getRouteApi('/frame/connections/$connectionId/automation')

/** What answers an account's conversations, to read; and a switch. */
export function AutomationPage() {
  const { connectionId } = route.useParams()
  const { me } = route.useRouteContext()
  const automation = useQuery(automationQuery(connectionId))
  const connections = useQuery(connectionsQuery())
  const connection = connections.data?.data.find(({ id }) => id === connectionId)
  return (
    <Page
      title="Automation"
      lead={
        <Link {...paths.connections()} className="row">
          <IconArrowLeft size={16} aria-hidden="true" />
          {connection === undefined ? 'Connections' : accountName(connection)}
        </Link>
      }
    >
      {automation.isPending ? <Skeleton height={88} radius="lg" aria-label="Loading" /> : null}
      {automation.error === null || automation.data !== undefined ? null : (
        <RefusalNotice
          {...asRefusal(automation.error).problem}
          onRetry={() => void automation.refetch()}
        />
      )}
      {automation.data === undefined ? null : (
        <>
          <ResponderSwitch
            connectionId={connectionId}
            automation={automation.data}
            refused={whyNotManage(me)}
          />
          {automation.data.flow === null ? null : <FlowView flow={automation.data.flow} />}
        </>
      )}
    </Page>
  )
}
