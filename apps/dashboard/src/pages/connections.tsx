import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { IconPlugConnected } from '@tabler/icons-react'
import { connectionsQuery } from '#api/queries.ts'
import { asRefusal } from '#api/refusal.ts'
import { ConfirmConnectionForm } from '#forms/confirm-connection.tsx'
import { Connect } from '#forms/connect.tsx'
import { DisconnectForm } from '#forms/disconnect.tsx'
import { paths } from '#paths.ts'
import { ConnectionCard, ConnectionCardSkeleton } from '#pieces/connection-card.tsx'
import { whyNotManage } from '#pieces/may-manage.ts'
import { accountName } from '#pieces/connection-words.ts'
import { ReturnNotice } from '#pieces/return-notice.tsx'
import { startConnect } from '#pieces/start-connect.ts'
import { Dialog } from '#ui/dialog.tsx'
import { Empty } from '#ui/empty.tsx'
import { Page } from '#ui/page.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import './connections.css'

const route = getRouteApi('/frame/connections')

/** The connected accounts of this tenant, or of all. */
export function ConnectionsPage() {
  const search = route.useSearch()
  const { me } = route.useRouteContext()
  const navigate = useNavigate()
  const connections = useQuery(connectionsQuery({ tenantId: search.tenant }))
  const rows = connections.data?.data ?? []
  const find = (id: string | undefined) => rows.find((row) => row.id === id)
  const disconnecting = find(search.disconnect)
  const confirming = find(search.confirming)
  const closeDialog = () => {
    void navigate({ ...paths.connections(), replace: true })
  }

  return (
    <Page
      title="Connections"
      lead="The Instagram accounts this server answers for."
      action={<Connect me={me} tenantId={search.tenant} />}
    >
      <ReturnNotice
        connected={search.connected}
        error={search.error}
        connection={find(search.connection_id)}
        onClose={closeDialog}
      />
      {connections.isPending ? <ConnectionCardSkeleton /> : null}
      {connections.error === null || connections.data !== undefined ? null : (
        <RefusalNotice
          {...asRefusal(connections.error).problem}
          onRetry={() => void connections.refetch()}
        />
      )}
      {connections.isSuccess && rows.length === 0 ? (
        <div className="panel">
          <Empty icon={IconPlugConnected} title="No account is connected yet">
            Press Connect Instagram and approve there. It takes about a minute, and you come back
            here by yourself.
          </Empty>
        </div>
      ) : null}
      <ul className="connections" aria-label="Connections">
        {rows.map((connection) => (
          <li key={connection.id}>
            <ConnectionCard
              connection={connection}
              tenantName={
                me.tenants.length > 1
                  ? me.tenants.find(({ id }) => id === connection.tenantId)?.name
                  : undefined
              }
              refused={whyNotManage(me)}
              isFresh={connection.id === search.connection_id && search.connected === '1'}
              automation={paths.automation(connection.id)}
              onDisconnect={() => {
                void navigate(paths.connections({ disconnect: connection.id }))
              }}
              onConfirm={() => {
                // The way back's one-time code stays in the URL until it is used.
                void navigate({
                  ...paths.connections(),
                  search: { ...search, confirming: connection.id },
                })
              }}
              onReconnect={() => {
                startConnect({
                  tenantId: connection.tenantId,
                  connectionId: connection.id,
                  login: connection.grants[0]?.login,
                })
              }}
            />
          </li>
        ))}
      </ul>
      <Dialog
        title={`Disconnect ${disconnecting === undefined ? '' : accountName(disconnecting)}?`}
        isOpen={disconnecting !== undefined}
        onClose={closeDialog}
      >
        {disconnecting === undefined ? null : (
          <DisconnectForm connection={disconnecting} onDone={closeDialog} />
        )}
      </Dialog>
      <Dialog
        title="Is this the right account?"
        isOpen={confirming !== undefined}
        onClose={closeDialog}
      >
        {confirming === undefined ? null : (
          <ConfirmConnectionForm
            connection={confirming}
            code={confirming.id === search.connection_id ? search.confirm : undefined}
            onDone={closeDialog}
          />
        )}
      </Dialog>
    </Page>
  )
}
