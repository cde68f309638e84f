/**
 * The same database address without `application_name`: the driver would believe it before the name we give, and a
 * restore tells by their names which sessions are Parley's.
 */
export function withoutSessionName(url: string): string {
  const [base = '', ...rest] = url.split('?')
  const kept = rest
    .join('?')
    .split('&')
    .filter((part) => part !== '' && !new URLSearchParams(part).has('application_name'))
  return kept.length > 0 ? `${base}?${kept.join('&')}` : base
}
