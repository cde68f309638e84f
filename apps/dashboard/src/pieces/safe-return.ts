/** The page to go back to after signing in: an address of this dashboard, never of another site. */
export function safeReturn(from: string | undefined): string {
  const isLocal = from !== undefined && /^\/(?![/\\])/.test(from)
  return isLocal && !from.startsWith('/sign-in') ? from : '/'
}
