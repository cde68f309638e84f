import type { Ports } from '#ports/ports.ts'

/** Tells open pages that Meta, or somebody in its place, called. What, they read themselves. */
export function tellMetaCall(ports: Pick<Ports, 'signals'>): void {
  ports.signals.tell([{ kind: 'meta_call', id: 'meta', connectionId: null, tenantId: null }])
}
