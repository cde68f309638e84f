import { AppError } from '@parley/contract/app-error.ts'
import type { Hono } from 'hono'
import { METHOD_NAME_ALL } from 'hono/router'
import { TrieRouter } from 'hono/router/trie-router'
import type { AppContext, AppEnv } from '#http/app-env.ts'
import { problem } from '#http/problem.ts'

/** Which methods a path takes, once every route is mounted. Middlewares do not count. */
export function createMethodReader(app: Hono<AppEnv>): (path: string) => string[] {
  const router = new TrieRouter<string>()
  const methods = new Set<string>()
  const seen = new Set<string>()
  for (const { method, path } of app.routes) {
    if (method === METHOD_NAME_ALL || seen.has(`${method} ${path}`)) continue
    seen.add(`${method} ${path}`)
    methods.add(method)
    router.add(method, path, method)
  }
  return (path) => {
    const taken = [...methods].filter((method) => router.match(method, path)[0].length > 0)
    return taken.includes('GET') ? ['GET', 'HEAD', ...taken.filter((m) => m !== 'GET')] : taken
  }
}

/** For a path that exists with other methods. */
export function methodNotAllowed(c: AppContext, allowed: readonly string[]): Response {
  c.header('Allow', allowed.join(', '))
  return problem(c, new AppError('http/method-not-allowed'))
}
