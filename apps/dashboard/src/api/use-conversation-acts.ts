import { useMutation, useQueryClient } from '@tanstack/react-query'
import { closeConversation, markSeen, resume, showTyping, takeOver } from './actions.ts'
import { keys } from './keys.ts'

type Act = 'takeOver' | 'resume' | 'resumeWaiting' | 'close' | 'seen'

function perform(id: string, act: Act): Promise<unknown> {
  switch (act) {
    case 'takeOver':
      return takeOver(id)
    case 'resume':
      return resume(id, false)
    case 'resumeWaiting':
      return resume(id, true)
    case 'close':
      return closeConversation(id)
    case 'seen':
      return markSeen(id)
  }
}

/** What an operator does with a conversation beside writing in it. */
export function useConversationActs(id: string) {
  const queryClient = useQueryClient()
  const refresh = () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: keys.conversation(id) }),
      queryClient.invalidateQueries({ queryKey: keys.conversations() }),
      queryClient.invalidateQueries({ queryKey: keys.messages(id) }),
    ])
  const acts = useMutation({ mutationFn: (act: Act) => perform(id, act), onSettled: refresh })
  // Best effort: nobody has to hear that a typing mark did not get through.
  const typing = useMutation({ mutationFn: () => showTyping(id) })
  return {
    act: (act: Act) => {
      acts.mutate(act)
    },
    typing: () => {
      typing.mutate()
    },
    isPending: acts.isPending,
    error: acts.error,
  }
}
