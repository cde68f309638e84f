import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { findNamedGrants as select } from './store-forget.ts'
import type { NamedGrant } from './store-forget.ts'

export type { NamedGrant }

/**
 * Grants of whom a callback of Meta names, whatever became of them since. The Instagram app's secret speaks for that app
 * alone; the Meta app's secret for the whole app, the Instagram app inside it included.
 *
 * @param signedWith the name of the secret that verified.
 */
export async function findNamedGrants(
  ports: Pick<Ports, 'config'>,
  db: Queryable,
  named: { readonly userId: string; readonly signedWith: string },
): Promise<NamedGrant[]> {
  const { instagramApp, facebookApp } = ports.config
  const apps = named.signedWith === 'instagram' ? [instagramApp] : [instagramApp, facebookApp]
  const appIds = apps.flatMap((app) => (app === undefined ? [] : [app.id]))
  return await select(db, named.userId, appIds)
}
