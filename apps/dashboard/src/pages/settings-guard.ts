import { redirect } from '@tanstack/react-router'
import type { Me } from '@parley/contract/me.ts'
import { paths } from '#paths.ts'
import { ownsServer, whyNotManage } from '#pieces/may-manage.ts'

/** Who may not see a page of the settings is led to the one everybody may. */
const guard = (mayPass: (me: Me) => boolean) => {
  return ({ context }: { context: { me: Me } }) => {
    if (!mayPass(context.me)) throw redirect({ ...paths.alerts(), replace: true })
  }
}

export const onlyOwners = guard(ownsServer)
export const onlyManagers = guard((me) => whyNotManage(me) === undefined)
