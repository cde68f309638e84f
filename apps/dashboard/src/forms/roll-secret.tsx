import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { asRefusal } from '#api/refusal.ts'
import { rollSecret } from '#api/settings-actions.ts'
import { SecretOnce } from '#pieces/secret-once.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import { exactTime } from '#ui/time.ts'
import './form.css'

/** A new signing secret; the one before signs beside it for a day. */
export function RollSecretForm({ endpointId, onDone }: { endpointId: string; onDone: () => void }) {
  const roll = useMutation({ mutationFn: () => rollSecret(endpointId), gcTime: 0 })
  if (roll.data !== undefined) {
    return (
      <SecretOnce name="signing secret" secret={roll.data.secret} onDone={onDone}>
        The one before signs beside it until {exactTime(roll.data.previousUntil)}. Give your server
        the new one before then.
      </SecretOnce>
    )
  }
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!roll.isPending) roll.mutate()
      }}
    >
      <p>
        Events are signed with the old and the new secret for 24 hours, so nothing is lost while you
        change your server. After that only the new one counts.
      </p>
      {roll.error === null ? null : <RefusalNotice {...asRefusal(roll.error).problem} />}
      <div className="form-actions">
        <Button variant="default" onClick={onDone} data-autofocus>
          Cancel
        </Button>
        <Button type="submit" loading={roll.isPending}>
          Make a new secret
        </Button>
      </div>
    </form>
  )
}
