import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { IconRefresh } from '@tabler/icons-react'
import { refreshConnection } from '#api/actions.ts'
import { keys } from '#api/keys.ts'
import { asRefusal } from '#api/refusal.ts'
import { Action } from '#ui/action.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'

/** Asks Meta now how the connection is, and for a new token where Meta gives one. */
export function Refresh({
  connectionId,
  refused,
}: {
  connectionId: string
  /** Why this operator cannot refresh. */
  refused: string | undefined
}) {
  const queryClient = useQueryClient()
  const refresh = useMutation({
    mutationFn: () => refreshConnection(connectionId),
    onSuccess: ({ isValid, message }) => {
      // The latest answer takes the place of the one before; bad news is on the card.
      notifications.hide(connectionId)
      if (isValid) notifications.show({ id: connectionId, message })
    },
    // Also after a refusal: what Meta said may have changed the card.
    onSettled: async () => await queryClient.invalidateQueries({ queryKey: keys.connections() }),
  })
  return (
    <>
      <Action
        variant="subtle"
        size="compact-sm"
        reason={refused}
        leftSection={<IconRefresh size={16} stroke={1.75} aria-hidden="true" />}
        loading={refresh.isPending}
        onClick={() => {
          refresh.mutate()
        }}
      >
        Refresh now
      </Action>
      {refresh.error === null ? null : <RefusalNotice {...asRefusal(refresh.error).problem} />}
    </>
  )
}
