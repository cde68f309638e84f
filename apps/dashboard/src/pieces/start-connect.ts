import type { Login } from '@parley/contract/capability.ts'
import { api, patterns } from '#paths.ts'

/** Leaves for Instagram; the browser comes back to the connections page. Without a login the server asks which. */
export function startConnect({
  tenantId,
  connectionId,
  login,
}: {
  tenantId: string
  connectionId?: string | undefined
  login?: Login | undefined
}): void {
  window.location.assign(
    api.connect({
      tenantId,
      returnUrl: `${window.location.origin}${patterns.connections}`,
      ...(connectionId === undefined ? {} : { connectionId }),
      ...(login === undefined ? {} : { login }),
    }),
  )
}
