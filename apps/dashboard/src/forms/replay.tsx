import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { IconRefresh } from '@tabler/icons-react'
import { replayDelivery } from '#api/actions.ts'
import { keys } from '#api/keys.ts'
import { asRefusal } from '#api/refusal.ts'
import { Action } from '#ui/action.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'

/** Reads a delivery once more, with what the server understands today. Lines it knows are not doubled. */
export function Replay({
  deliveryId,
  refused,
}: {
  deliveryId: string
  /** Why this operator cannot replay. */
  refused: string | undefined
}) {
  const queryClient = useQueryClient()
  const replay = useMutation({
    mutationFn: () => replayDelivery(deliveryId),
    onSuccess: async () => {
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: keys.delivery(deliveryId) }),
        queryClient.invalidateQueries({ queryKey: keys.deliveries() }),
      ])
      notifications.show({ message: 'The delivery is read again' })
    },
  })
  return (
    <>
      <Action
        variant="default"
        reason={refused}
        leftSection={<IconRefresh size={18} stroke={1.75} aria-hidden="true" />}
        loading={replay.isPending}
        onClick={() => {
          replay.mutate()
        }}
      >
        Replay
      </Action>
      {replay.error === null ? null : <RefusalNotice {...asRefusal(replay.error).problem} />}
    </>
  )
}
