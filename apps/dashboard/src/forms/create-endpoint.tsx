import { Button, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { HostEventType } from '@parley/contract/host-event.ts'
import type { Me } from '@parley/contract/me.ts'
import { keys } from '#api/keys.ts'
import { asRefusal } from '#api/refusal.ts'
import { createEndpoint } from '#api/settings-actions.ts'
import { EventChoice } from '#pieces/event-choice.tsx'
import { SecretOnce } from '#pieces/secret-once.tsx'
import { TenantSelect } from '#pieces/tenant-select.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import './form.css'

/** Makes an endpoint; its secret is shown once, in the place of the form. */
export function CreateEndpointForm({
  me,
  tenantId,
  onDone,
}: {
  me: Me
  tenantId: string | undefined
  onDone: () => void
}) {
  const queryClient = useQueryClient()
  const [url, setUrl] = useState('')
  const [tenant, setTenant] = useState(tenantId ?? (me.allTenants ? undefined : me.tenants[0]?.id))
  const [events, setEvents] = useState<HostEventType[] | null>(null)
  const create = useMutation({
    mutationFn: createEndpoint,
    gcTime: 0,
    onSuccess: async () => await queryClient.invalidateQueries({ queryKey: keys.endpoints() }),
  })
  if (create.data !== undefined) {
    return (
      <SecretOnce name="signing secret" secret={create.data.secret} onDone={onDone}>
        Your server verifies with it that an event comes from here: hand it to any Standard Webhooks
        library. Who loses it makes a new one.
      </SecretOnce>
    )
  }
  const problem = create.error === null ? undefined : asRefusal(create.error).problem
  const wrong = (path: string) =>
    problem?.fields?.find((field) => field.path.startsWith(path))?.message
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!create.isPending) create.mutate({ url, tenantId: tenant, events })
      }}
    >
      {problem === undefined ? null : (
        <RefusalNotice
          {...problem}
          detail={wrong('url') === undefined ? problem.detail : undefined}
        />
      )}
      <TextInput
        label="Address"
        description="A public https address of your server."
        type="url"
        name="url"
        placeholder="https://app.example/instagram-events"
        autoComplete="off"
        required
        withAsterisk={false}
        maxLength={2000}
        data-autofocus
        error={wrong('url')}
        value={url}
        onChange={(event) => {
          setUrl(event.currentTarget.value)
        }}
      />
      <TenantSelect
        me={me}
        description="Whose events are sent there."
        value={tenant}
        onChange={setTenant}
      />
      <EventChoice value={events} onChange={setEvents} error={wrong('events')} />
      <div className="form-actions">
        <Button variant="default" onClick={onDone}>
          Cancel
        </Button>
        <Button type="submit" loading={create.isPending}>
          Add endpoint
        </Button>
      </div>
    </form>
  )
}
