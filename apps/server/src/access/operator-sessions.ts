import type { Ports } from '#ports/ports.ts'

export type Operator = { readonly id: string; readonly name: string; readonly email: string }

/** Who is signed in, by cookie. Passwords and sessions are better-auth's; its own HTTP handler is not mounted. */
export interface OperatorSessions {
  /** The signed-in operator, and cookies to hand out when the session was prolonged. */
  find(headers: Headers): Promise<{ operator: Operator; cookies: string[] } | undefined>
  /** @throws AppError `auth/sign-in-failed`; unknown address and wrong password take the same time. */
  signIn(email: string, password: string): Promise<{ operator: Operator; cookies: string[] }>
  /** Ends the session of these headers, if there is one. */
  signOut(headers: Headers): Promise<{ cookies: string[] }>
}

export const COOKIE_PREFIX = 'parley'

/** Costs nothing until somebody comes with a cookie or signs in. */
export function openOperatorSessions(ports: Pick<Ports, 'config' | 'db'>): OperatorSessions {
  let opening: Promise<OperatorSessions> | undefined
  const open = async (): Promise<OperatorSessions> => {
    opening ??= import('./better-auth-sessions.ts').then(({ openBetterAuthSessions }) =>
      openBetterAuthSessions(ports),
    )
    return await opening
  }
  return {
    async find(headers) {
      const isAny = (headers.get('cookie') ?? '').includes(`${COOKIE_PREFIX}.session_token=`)
      return isAny ? await (await open()).find(headers) : undefined
    },
    signIn: async (email, password) => await (await open()).signIn(email, password),
    signOut: async (headers) => await (await open()).signOut(headers),
  }
}
