import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { IconRefresh } from '@tabler/icons-react'
import { keys } from '#api/keys.ts'
import { asRefusal } from '#api/refusal.ts'
import { replayEvent } from '#api/settings-actions.ts'
import { Action } from '#ui/action.tsx'

/** Sends an event to its endpoint once more, with the same id. */
export function ReplayEvent({
  eventId,
  endpointId,
  refused,
}: {
  eventId: string
  endpointId: string
  /** Why it cannot be sent. */
  refused: string | undefined
}) {
  const queryClient = useQueryClient()
  const replay = useMutation({
    mutationFn: () => replayEvent(eventId, endpointId),
    onSuccess: () => {
      notifications.show({ message: 'The event is sent again' })
    },
    onError: (error) => {
      const { title, hint } = asRefusal(error).problem
      notifications.show({ color: 'red', title, message: hint })
    },
    onSettled: async () => await queryClient.invalidateQueries({ queryKey: keys.hostEvents() }),
  })
  return (
    <Action
      variant="subtle"
      size="compact-sm"
      reason={refused}
      loading={replay.isPending}
      leftSection={<IconRefresh size={16} stroke={1.75} aria-hidden="true" />}
      onClick={() => {
        replay.mutate()
      }}
    >
      Replay
    </Action>
  )
}
