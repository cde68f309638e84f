import { AppError } from '@parley/contract/app-error.ts'
import type { Secret } from '@parley/instagram/secret.ts'
import type { Ports } from '#ports/ports.ts'
import { sealedAt } from './schema.ts'
import type { Choice, Found, SessionRow, StateRow } from './schema.ts'
import { keepChoices } from './store-states.ts'

/** As long as a person may look at the list. */
const PICK_MS = 10 * 60 * 1000

/**
 * The page to take: the named one, or the only fit one. When there are several, they are kept with the sealed token for
 * the picker.
 *
 * @throws AppError `connect/no-eligible-account`, `connect/wrong-account`.
 */
export async function offerChoices(
  ports: Pick<Ports, 'db' | 'vault' | 'clock'>,
  input: { state: StateRow; session: SessionRow; userToken: Secret; found: Found },
): Promise<Choice | 'pick'> {
  const { state, session, userToken, found } = input
  const isNamed = session.page_id !== null || session.account_id !== null
  const wanted = found.choices.filter(
    (choice) =>
      (session.page_id === null || choice.pageId === session.page_id) &&
      (session.account_id === null || choice.accountId === session.account_id),
  )
  if (isNamed && wanted.length === 0) throw new AppError('connect/wrong-account')
  const [first, second] = wanted.filter(({ unfit }) => unfit === null)
  if (first === undefined) throw new AppError('connect/no-eligible-account')
  // Two pages of one account are one choice: either speaks for it.
  if (second === undefined || isNamed) return first

  await keepChoices(ports.db, {
    tenantId: state.tenant_id,
    id: state.id,
    sealedToken: await ports.vault.sealToken(
      state.tenant_id,
      sealedAt(state.id, 'sealed_token'),
      userToken,
    ),
    found,
    until: new Date(ports.clock.now() + PICK_MS),
  })
  return 'pick'
}
