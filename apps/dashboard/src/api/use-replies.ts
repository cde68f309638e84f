import { useMutation, useMutationState, useQueryClient } from '@tanstack/react-query'
import type { SendRequest } from '@parley/contract/message.ts'
import { sendReply } from './actions.ts'
import { keys } from './keys.ts'
import { addToNewest } from './merge-messages.ts'
import { newKey } from './new-key.ts'
import { messagesQuery } from './queries.ts'

type Reply = { key: string; body: SendRequest }

export type Outgoing = { key: string; text: string; error: Error | null }

/**
 * Replies on their way to the server. The key of a reply is its idempotency key, so trying again can never
 * say a thing twice. Several may be under way at once.
 */
export function useReplies(conversationId: string) {
  const queryClient = useQueryClient()
  const mutationKey = keys.reply(conversationId)
  const { mutate } = useMutation({
    mutationKey,
    mutationFn: ({ key, body }: Reply) => sendReply(conversationId, body, key),
    onSuccess: ({ data }) => {
      queryClient.setQueryData(messagesQuery(conversationId).queryKey, (cached) =>
        cached === undefined ? cached : { ...cached, pages: addToNewest(cached.pages, data) },
      )
      void queryClient.invalidateQueries({ queryKey: keys.messages(conversationId) })
      void queryClient.invalidateQueries({ queryKey: keys.conversation(conversationId) })
      void queryClient.invalidateQueries({ queryKey: keys.conversations() })
    },
  })

  const outgoing = useMutationState({
    filters: { mutationKey, predicate: ({ state }) => state.status !== 'success' },
    select: ({ state }): Outgoing => {
      // Only this hook makes mutations with this key.
      const { key, body } = state.variables as Reply
      return { key, text: body.text ?? '', error: state.error }
    },
  })

  const take = (key: string): Reply | undefined => {
    const cache = queryClient.getMutationCache()
    const found = cache
      .findAll({ mutationKey })
      .find(({ state }) => (state.variables as Reply).key === key && state.status === 'error')
    if (found === undefined) return undefined
    cache.remove(found)
    return found.state.variables as Reply
  }

  return {
    outgoing,
    send: (body: SendRequest) => {
      mutate({ key: newKey(), body })
    },
    retry: (key: string) => {
      const reply = take(key)
      if (reply !== undefined) mutate(reply)
    },
    discard: (key: string) => {
      take(key)
    },
  }
}
