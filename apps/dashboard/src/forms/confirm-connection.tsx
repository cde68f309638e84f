import { Button, Modal } from '@mantine/core'
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
export function ConfirmConnection({
  connection,
  code,
  onClose,
}: {
  connection: Connection
  /** Reached only the browser that finished the connection. */
  code: string | undefined
  onClose: () => void
}) {
  const queryClient = useQueryClient()
  const submit = useMutation({
    mutationFn: () => confirmConnection(connection.id, code),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: keys.connections() })
      onClose()
    },
  })
  const { account } = connection
  return (
    <Modal opened onClose={onClose} title="Is this the right account?">
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault()
          if (!submit.isPending) submit.mutate()
        }}
      >
        <div className="row">
          <Face name={accountName(connection)} pictureUrl={account.pictureUrl} size={56} />
          <div>
            <h3>{account.name ?? accountName(connection)}</h3>
            <p className="soft">{accountName(connection)}</p>
          </div>
        </div>
        <p>Once confirmed, its messages arrive here and the automation answers them.</p>
        {submit.error === null ? null : <RefusalNotice {...asRefusal(submit.error).problem} />}
        <div className="form-actions">
          <Button variant="default" onClick={onClose}>
            Not now
          </Button>
          <Button type="submit" loading={submit.isPending} data-autofocus>
            Confirm account
          </Button>
        </div>
      </form>
    </Modal>
  )
}
