import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ApiKey } from '@parley/contract/api-key.ts'
import { keys } from '#api/keys.ts'
import { revokeApiKey } from '#api/settings-actions.ts'
import { Action } from '#ui/action.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { ConfirmForm } from './confirm.tsx'

export function RevokeApiKey({
  apiKey,
  refused,
}: {
  apiKey: ApiKey
  /** Why this operator cannot. */
  refused: string | undefined
}) {
  const queryClient = useQueryClient()
  const [isAsking, setIsAsking] = useState(false)
  const close = () => {
    setIsAsking(false)
  }
  const revoke = useMutation({
    mutationFn: () => revokeApiKey(apiKey.id),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: keys.apiKeys() })
      close()
    },
  })
  return (
    <>
      <Action
        variant="subtle"
        color="red"
        size="compact-sm"
        reason={refused}
        onClick={() => {
          setIsAsking(true)
        }}
      >
        Revoke
      </Action>
      <Dialog title={`Revoke ${apiKey.name}?`} isOpen={isAsking} onClose={close}>
        <ConfirmForm
          act="Revoke"
          keep="Keep it"
          error={revoke.error}
          isPending={revoke.isPending}
          onConfirm={() => {
            revoke.mutate()
          }}
          onDone={close}
        >
          <p>Whatever uses this key is refused from now on. It cannot be brought back.</p>
        </ConfirmForm>
      </Dialog>
    </>
  )
}
