import { QueryCache, QueryClient } from '@tanstack/react-query'
import { isWorthRepeating } from './client.ts'
import { keys } from './keys.ts'
import { Refusal } from './refusal.ts'

const REPEATS_MAX = 2
const FRESH_MS = 10_000

/** One cache of what the server said. A 401 anywhere means the session ended. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        const isAboutMe = query.queryKey[0] === keys.me()[0]
        if (error instanceof Refusal && error.problem.status === 401 && !isAboutMe) onSignedOut()
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        retry: (count, error) => count < REPEATS_MAX && isWorthRepeating(error),
      },
      mutations: { retry: false },
    },
  })
}
