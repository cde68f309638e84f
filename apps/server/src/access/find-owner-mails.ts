import type { Ports } from '#ports/ports.ts'
import { selectOwnerMails } from './store.ts'

/** Who reads mails about the installation itself: whom the settings name, else its owners. */
export async function findOwnerMails(
  ports: Pick<Ports, 'db' | 'config'>,
): Promise<readonly string[]> {
  const { mailTo } = ports.config.alerts
  return mailTo.length > 0 ? mailTo : await selectOwnerMails(ports.db)
}
