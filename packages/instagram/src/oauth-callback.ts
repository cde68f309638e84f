/**
 * What Meta's redirect back says. `refused` covers every error but the person's own "no"; Meta's text is
 * left out on purpose, for it is never shown.
 */
export type OAuthCallback =
  | { readonly kind: 'code'; readonly code: string; readonly state: string }
  | { readonly kind: 'denied'; readonly state: string }
  | { readonly kind: 'refused'; readonly state: string }
  | { readonly kind: 'malformed' }

/** Real codes are a few hundred characters, states are ours. */
const PARAMETER_CHARACTERS_MAX = 4096

/**
 * Reads the query of a callback, of either login. A parameter given twice is malformed: nobody could say
 * which one the person agreed to.
 * Source: /business-login and /facebook-login/guides/advanced/manual-flow, read 2026-11-20.
 */
export function readOAuthCallback(query: URLSearchParams): OAuthCallback {
  const state = single(query, 'state')
  if (state === undefined) return { kind: 'malformed' }
  if (query.has('error')) {
    const isDenied =
      single(query, 'error') === 'access_denied' || single(query, 'error_reason') === 'user_denied'
    return { kind: isDenied ? 'denied' : 'refused', state }
  }
  const code = single(query, 'code')?.replace(/#_(=_)?$/, '')
  return code === undefined || code === '' ? { kind: 'malformed' } : { kind: 'code', code, state }
}

function single(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name)
  const [value] = values
  if (values.length !== 1 || value === undefined || value === '') return undefined
  return value.length > PARAMETER_CHARACTERS_MAX ? undefined : value
}
