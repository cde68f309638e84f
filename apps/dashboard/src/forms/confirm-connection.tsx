import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Connection } from '@parley/contract/connection.ts'
import { confirmConnection } from '#api/actions.ts'
import { keys } from '#api/keys.ts'
import { asRefusal } from '#api/refusal.ts'
import { accountName } from '#pieces/connection-words.ts'
import { Face } from '#ui/face.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import './form.css'

/** Shows whose account it is before it goes live: a link may have travelled. */
export function ConfirmConnectionForm({
  connection,
  code,
  onDone,
}: {
  connection: Connection
  /** Reached only the browser that finished the connection. */
  code: string | undefined
  onDone: () => void
}) {
  const queryClient = useQueryClient()
  const submit = useMutation({
    mutationFn: () => confirmConnection(connection.id, code),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: keys.connections() })
      onDone()
    },
  })
  const { account } = connection
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!submit.isPending) submit.mutate()
      }}
    >
      <div className="form-account">
        <Face
          name={account.name ?? accountName(connection)}
          pictureUrl={account.pictureUrl}
          size={56}
        />
        <div>
          <h3>{accountName(connection)}</h3>
          <p className="soft">{account.name}</p>
        </div>
      </div>
      <p>Once confirmed, its messages arrive here and the automation answers them.</p>
      {submit.error === null ? null : <RefusalNotice {...asRefusal(submit.error).problem} />}
      <div className="form-actions">
        <Button variant="default" onClick={onDone}>
          Not now
        </Button>
        <Button type="submit" loading={submit.isPending} data-autofocus>
          Confirm account
        </Button>
      </div>
    </form>
  )
}
