/**
 * Return addresses: where a browser goes after connecting. Compared whole and in normal form against the tenant's
 * list, so that nothing but a listed address is ever redirected to.
 */

/** The normal form, or undefined when the address is not acceptable. */
export function normaliseReturnUrl(raw: string): string | undefined {
  // What URL parsers repair silently (spaces, control characters, backslashes) is refused instead.
  if (!/^https?:\/\/[^\s\\]+$/i.test(raw) || hasControlCharacter(raw)) return undefined
  if (raw.includes('#') || raw.includes('*')) return undefined
  const authority = raw.slice(raw.indexOf('//') + 2).split(/[/?]/, 1)[0] ?? ''
  if (authority === '' || /[@%]/.test(authority)) return undefined
  if (!URL.canParse(raw)) return undefined
  const url = new URL(raw)
  if (url.username !== '' || url.password !== '' || url.hostname.endsWith('.')) return undefined
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) return undefined
  return url.href
}

/** Is this address on the tenant's list? Anything the list would not take is not. */
export function isAllowedReturnUrl(
  tenant: { readonly returnUrls: readonly string[] },
  raw: string,
): boolean {
  const url = normaliseReturnUrl(raw)
  return url !== undefined && tenant.returnUrls.includes(url)
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

function hasControlCharacter(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code <= 0x20 || (code >= 0x7f && code <= 0x9f)) return true
  }
  return false
}
