import type { Me } from '@parley/contract/me.ts'

/** Why this operator cannot change connections and automation; undefined when they can. */
export const whyNotManage = ({ role }: Pick<Me, 'role'>): string | undefined =>
  role === 'agent' ? 'Only an owner or an admin of this server may do this.' : undefined
