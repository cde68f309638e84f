import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { InfiniteData } from '@tanstack/react-query'
import type { Conversation } from '@parley/contract/conversation.ts'
import { keys } from './keys.ts'
import { conversationQuery } from './queries.ts'

/** A conversation; until it is read, as the list shows it, so opening one from there shows it at once. */
export function useConversation(id: string) {
  const queryClient = useQueryClient()
  return useQuery({
    ...conversationQuery(id),
    placeholderData: () => {
      type Lists = InfiniteData<{ data: Conversation[] }>
      return queryClient
        .getQueriesData<Lists>({ queryKey: keys.conversations() })
        .flatMap(([, list]) => list?.pages ?? [])
        .flatMap(({ data }) => data)
        .find((row) => row.id === id)
    },
  })
}
