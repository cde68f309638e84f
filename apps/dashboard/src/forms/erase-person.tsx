import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { keys } from '#api/keys.ts'
import { erasePerson } from '#api/settings-actions.ts'
import { Action } from '#ui/action.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { ConfirmForm } from './confirm.tsx'
import './erase-person.css'

/** Erases what somebody wrote and what is known of them, after their name was typed. */
export function ErasePerson({ conversationId, name }: { conversationId: string; name: string }) {
  const queryClient = useQueryClient()
  const [isAsking, setIsAsking] = useState(false)
  const close = () => {
    setIsAsking(false)
  }
  const erase = useMutation({
    mutationFn: () => erasePerson(conversationId),
    onSuccess: async () => {
      close()
      notifications.show({ message: 'What they wrote is erased; copies follow' })
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: keys.conversation(conversationId) }),
        queryClient.invalidateQueries({ queryKey: keys.messages(conversationId) }),
        queryClient.invalidateQueries({ queryKey: keys.conversations() }),
      ])
    },
  })
  return (
    <>
      <Action
        className="erase-person"
        variant="subtle"
        color="red"
        size="compact-sm"
        onClick={() => {
          setIsAsking(true)
        }}
      >
        Erase this person
      </Action>
      <Dialog title={`Erase ${name}?`} isOpen={isAsking} onClose={close}>
        {isAsking ? (
          <ConfirmForm
            act="Erase"
            keep="Keep everything"
            typed={name}
            error={erase.error}
            isPending={erase.isPending}
            onConfirm={() => {
              erase.mutate()
            }}
            onDone={close}
          >
            <p>
              What was written in this conversation, what was collected and what is known of the
              person is gone for good. Ids stay, so that late copies are not stored again.
            </p>
          </ConfirmForm>
        ) : null}
      </Dialog>
    </>
  )
}
