import { Button, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { HostEndpoint } from '@parley/contract/host-endpoint.ts'
import { keys } from '#api/keys.ts'
import { asRefusal } from '#api/refusal.ts'
import { changeEndpoint } from '#api/settings-actions.ts'
import { EventChoice } from '#pieces/event-choice.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import './form.css'

export function ChangeEndpointForm({
  endpoint,
  onDone,
}: {
  endpoint: HostEndpoint
  onDone: () => void
}) {
  const queryClient = useQueryClient()
  const [url, setUrl] = useState(endpoint.url)
  const [events, setEvents] = useState(endpoint.events)
  const save = useMutation({
    mutationFn: () => changeEndpoint(endpoint.id, { url, events }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: keys.endpoint(endpoint.id) })
      await queryClient.invalidateQueries({ queryKey: keys.endpoints() })
      onDone()
    },
  })
  const problem = save.error === null ? undefined : asRefusal(save.error).problem
  const wrong = (path: string) =>
    problem?.fields?.find((field) => field.path.startsWith(path))?.message
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!save.isPending) save.mutate()
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
        type="url"
        name="url"
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
      <EventChoice value={events} onChange={setEvents} error={wrong('events')} />
      <div className="form-actions">
        <Button variant="default" onClick={onDone}>
          Cancel
        </Button>
        <Button type="submit" loading={save.isPending}>
          Save
        </Button>
      </div>
    </form>
  )
}
