import { AppError } from '@parley/contract/app-error.ts'
import { classifyGraphError } from '@parley/instagram/classify-graph-error.ts'
import { LoginNotConfigured } from '@parley/instagram/graph-context.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { Login } from '@parley/instagram/login.ts'
import type { Secret } from '@parley/instagram/secret.ts'
import type { Ports } from '#ports/ports.ts'
import { isPassing, mapMetaFailure } from './map-meta-failure.ts'

/** How tokens of the Basic Display API began; Meta ended it on 2024-12-04. Asked only of what Meta refused. */
const BASIC_DISPLAY = /^IGQ[VW]/
/** How tokens begin in 2026, by login; a hint for what Meta refused, never a proof. */
const BEGINNING: Readonly<Record<Login, RegExp>> = { instagram: /^IG/, facebook: /^EA/ }

/**
 * Why Meta refused a token that somebody brought along: of an API that ended, of the other login, or dead.
 *
 * @param input `error`: Meta's refusal; undefined when an inspection called the token invalid. `otherwise`: what it is
 *   when it is none of these.
 */
export async function nameRefusedToken(
  ports: Pick<Ports, 'graph'>,
  input: { login: Login; token: Secret; error: unknown; otherwise?: 'tokens/other-app' },
): Promise<AppError> {
  const { login, token, error: cause, otherwise = 'tokens/expired' } = input
  if (cause !== undefined && isPassing(cause)) return mapMetaFailure(cause)
  if (BASIC_DISPLAY.test(token.reveal())) {
    return new AppError('tokens/basic-display-ended', { cause })
  }
  const isRefused =
    cause === undefined ||
    (cause instanceof GraphError && classifyGraphError(cause) === 'needs_reauth')
  if (!isRefused) return mapMetaFailure(cause)
  const isOther = await isOfLogin(ports, login === 'instagram' ? 'facebook' : 'instagram', token)
  return new AppError(isOther ? 'tokens/wrong-login' : otherwise, { cause })
}

async function isOfLogin(
  ports: Pick<Ports, 'graph'>,
  login: Login,
  token: Secret,
): Promise<boolean> {
  if (BEGINNING[login].test(token.reveal())) return true
  try {
    if (login === 'facebook') return (await ports.graph.inspectFacebookToken(token)).isValid
    await ports.graph.readInstagramAccount(token)
    return true
  } catch (error) {
    const isAnswer = error instanceof GraphError || error instanceof HttpFailure
    if (!isAnswer && !(error instanceof LoginNotConfigured)) throw error
    return false
  }
}
