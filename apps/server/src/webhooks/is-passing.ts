import { isUnavailable } from '#http/is-unavailable.ts'

/**
 * Would the very same work succeed a moment later? PostgreSQL's classes: 08 connection, 40 deadlock and serialization,
 * 53 out of resources, 55 object in use, 57 operator intervention. Such an error says nothing about the delivery.
 */
export function isPassing(error: unknown): boolean {
  if (isUnavailable(error)) return true
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^(08|40|53|55|57)\w{3}$/.test(code)
}
