import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Connection } from '@parley/contract/connection.ts'
import { disconnect } from '#api/actions.ts'
import { keys } from '#api/keys.ts'
import { asRefusal } from '#api/refusal.ts'
import { accountName } from '#pieces/connection-words.ts'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import './form.css'

export function DisconnectForm({
  connection,
  onDone,
}: {
  connection: Connection
  onDone: () => void
}) {
  const queryClient = useQueryClient()
  const submit = useMutation({
    mutationFn: () => disconnect(connection.id),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: keys.connections() })
      onDone()
    },
  })
  const name = accountName(connection)
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!submit.isPending) submit.mutate()
      }}
    >
      <p>
        Messages to {name} no longer arrive here and nothing is answered. Its token is destroyed.
        Conversations stay, and connecting it again brings everything back.
      </p>
      {submit.error === null ? null : <RefusalNotice {...asRefusal(submit.error).problem} />}
      <div className="form-actions">
        <Button variant="default" onClick={onDone} data-autofocus>
          Keep connected
        </Button>
        <Button type="submit" color="red" loading={submit.isPending}>
          Disconnect
        </Button>
      </div>
    </form>
  )
}
