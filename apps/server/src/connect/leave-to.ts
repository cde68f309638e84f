import type { Result, SessionRow } from './schema.ts'

const OWN = ['connected', 'connection_id', 'confirm', 'error']

/**
 * Where the browser goes in the end: the host's address with the result in its query, other parameters kept. Without an
 * address of the host's, our own result page.
 */
export function leaveTo(
  config: { readonly url: string },
  session: Pick<SessionRow, 'return_url'>,
  stateId: string,
  result: Result,
): string {
  const url = new URL(session.return_url ?? `${config.url}/connect/result/${stateId}`)
  for (const name of OWN) {
    if (url.searchParams.has(name)) url.searchParams.delete(name)
  }
  // Appended as text: the host's own parameters keep their spelling.
  const told = new URLSearchParams(
    result.connected
      ? {
          connected: '1',
          connection_id: result.connectionId,
          ...(result.confirm === undefined ? {} : { confirm: result.confirm }),
        }
      : { connected: '0', error: result.error },
  )
    .toString()
    .replaceAll('%2F', '/')
  url.search = url.search === '' ? told : `${url.search}&${told}`
  return url.href
}
