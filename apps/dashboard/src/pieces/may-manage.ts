import type { Me } from '@parley/contract/me.ts'

/** Why this operator cannot change connections, automation and settings; undefined when they can. */
export const whyNotManage = ({ role }: Pick<Me, 'role'>): string | undefined =>
  role === 'agent' ? 'Only an owner or an admin of this server may do this.' : undefined

/** Whether the whole installation is theirs: the doctor, and what belongs to no tenant. */
export const ownsServer = ({ role, allTenants }: Pick<Me, 'role' | 'allTenants'>): boolean =>
  role === 'owner' && allTenants
