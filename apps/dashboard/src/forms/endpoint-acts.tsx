import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { HostEndpoint } from '@parley/contract/host-endpoint.ts'
import { keys } from '#api/keys.ts'
import { asRefusal } from '#api/refusal.ts'
import { changeEndpoint, removeEndpoint } from '#api/settings-actions.ts'
import { paths } from '#paths.ts'
import { Action } from '#ui/action.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import { ChangeEndpointForm } from './change-endpoint.tsx'
import { ConfirmForm } from './confirm.tsx'
import { RollSecretForm } from './roll-secret.tsx'

type Asking = 'change' | 'secret' | 'remove' | undefined

/** What can be done with an endpoint. */
export function EndpointActs({
  endpoint,
  refused,
}: {
  endpoint: HostEndpoint
  /** Why this operator cannot. */
  refused: string | undefined
}) {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [asking, setAsking] = useState<Asking>()
  const close = () => {
    setAsking(undefined)
  }
  const isActive = endpoint.state === 'active'
  const toggle = useMutation({
    mutationFn: () => changeEndpoint(endpoint.id, { state: isActive ? 'disabled' : 'active' }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: keys.endpoint(endpoint.id) })
      await queryClient.invalidateQueries({ queryKey: keys.endpoints() })
      notifications.show({
        message: isActive ? 'The endpoint is disabled' : 'The endpoint is active',
      })
    },
  })
  const remove = useMutation({
    mutationFn: () => removeEndpoint(endpoint.id),
    onSuccess: async () => {
      await navigate(paths.endpoints())
      await queryClient.invalidateQueries({ queryKey: keys.endpoints() })
    },
  })
  const act = (name: string, next: Asking) => (
    <Action
      variant="default"
      size="sm"
      reason={refused}
      onClick={() => {
        setAsking(next)
      }}
    >
      {name}
    </Action>
  )
  return (
    <>
      <div className="row">
        {act('Change', 'change')}
        {act('New secret', 'secret')}
        <Action
          variant="default"
          size="sm"
          reason={refused}
          loading={toggle.isPending}
          onClick={() => {
            toggle.mutate()
          }}
        >
          {isActive ? 'Disable' : 'Enable'}
        </Action>
        {act('Remove', 'remove')}
      </div>
      {toggle.error === null ? null : <RefusalNotice {...asRefusal(toggle.error).problem} />}
      <Dialog title="Change the endpoint" isOpen={asking === 'change'} onClose={close}>
        {asking === 'change' ? <ChangeEndpointForm endpoint={endpoint} onDone={close} /> : null}
      </Dialog>
      <Dialog title="Make a new secret?" isOpen={asking === 'secret'} onClose={close}>
        {asking === 'secret' ? <RollSecretForm endpointId={endpoint.id} onDone={close} /> : null}
      </Dialog>
      <Dialog title="Remove this endpoint?" isOpen={asking === 'remove'} onClose={close}>
        <ConfirmForm
          act="Remove"
          keep="Keep it"
          error={remove.error}
          isPending={remove.isPending}
          onConfirm={() => {
            remove.mutate()
          }}
          onDone={close}
        >
          <p>Nothing is sent to {endpoint.url} any more. What waits for it is not sent either.</p>
        </ConfirmForm>
      </Dialog>
    </>
  )
}
