import { Problem } from '@parley/contract/problem.ts'

/** What the server, or the way to it, said no with. Always has a `title` and a `hint` to show. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly problem: Problem

  constructor(problem: Problem, options?: { cause?: unknown }) {
    super(problem.title, options)
    this.problem = problem
  }
}

const made = (status: number, code: string, title: string, hint: string): Problem => ({
  type: `/errors/${code}`,
  code,
  title,
  hint,
  status,
  requestId: '',
})

/** The network, or a server that is not there. */
export const unreachable = (cause: unknown): Refusal =>
  new Refusal(
    made(
      0,
      'dashboard/unreachable',
      'The server does not answer',
      'Check that it runs and that you are online, then try again.',
    ),
    { cause },
  )

/** An answer of another shape than the contract's. */
export const unreadable = (cause: unknown): Refusal =>
  new Refusal(
    made(
      0,
      'dashboard/unreadable',
      'The server’s answer has a shape this page does not know',
      'Reload the page: it may be older than the server.',
    ),
    { cause },
  )

/** Reads a refused answer; one that is no problem document (a proxy, better-auth) gets words by its status. */
export function readRefusal(status: number, body: unknown): Refusal {
  const problem = Problem.safeParse(body)
  if (problem.success) return new Refusal(problem.data)
  if (status === 401) {
    return new Refusal(
      made(status, 'auth/required', 'You are not signed in', 'Sign in and try again.'),
    )
  }
  if (status === 429) {
    return new Refusal(
      made(status, 'http/rate-limited', 'Too many requests', 'Wait a minute, then try again.'),
    )
  }
  if (status >= 500) {
    return new Refusal(
      made(
        status,
        'dashboard/server-failed',
        'The server could not do this',
        'Try again in a moment; if it repeats, look into the server’s log.',
      ),
    )
  }
  return new Refusal(
    made(
      status,
      'dashboard/refused',
      `The server refused this (${status})`,
      'Reload the page and try again.',
    ),
  )
}

/** Anything thrown, as something that can be shown. */
export function asRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : unreadable(error)
}
