import { AppError } from '@parley/contract/app-error.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { adoptAccount } from './adopt-account.ts'
import { findChoices } from './find-choices.ts'
import { fail, leaveConnected } from './finish-login.ts'
import type { Finished } from './finish-login.ts'
import { identifyPage } from './identify-page.ts'
import { sealedAt } from './schema.ts'
import type { BrowserProof, ConnectHooks } from './schema.ts'
import { takeChoice } from './store-states.ts'

/**
 * Takes what the person chose, once. A choice that is not on the list, or unfit, is `undefined`: the list is shown
 * again.
 *
 * @throws AppError `connect/link-expired`.
 */
export async function pickAccount(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'vault' | 'graph' | 'config' | 'signals' | 'log'>,
  hooks: ConnectHooks,
  input: {
    stateId: string
    proofs: readonly BrowserProof[]
    /** Account id or page id. */
    choice: string
    address: string | null
    requestId: string | null
  },
): Promise<Finished | undefined> {
  const { state, session, choices } = await findChoices(ports, input)
  const choice = choices.find(
    ({ pageId, accountId, unfit }) =>
      unfit === null && (pageId === input.choice || accountId === input.choice),
  )
  if (choice === undefined) return undefined
  const now = new Date(ports.clock.now())
  const taken = await takeChoice(ports.db, { tenantId: state.tenant_id, id: state.id, now })
  if (taken === undefined) throw new AppError('connect/link-expired')

  const who = { actor: session.created_by, address: input.address, requestId: input.requestId }
  await recordAudit(ports.db, now, {
    ...who,
    action: 'token.unsealed',
    tenantId: state.tenant_id,
    subjectId: session.id,
    purpose: 'pick',
  })
  const userToken = await ports.vault.openToken(
    state.tenant_id,
    sealedAt(state.id, 'sealed_token'),
    taken.sealed_token,
  )
  try {
    const identified = await identifyPage(ports, {
      choice,
      found: taken.found,
      userToken,
      appId: state.app_id,
      asked: session.capabilities,
    })
    const adopted = await adoptAccount(ports, hooks, { session, identified, who })
    return await leaveConnected(ports, { state, session }, adopted)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return await fail(ports, { state, session, who, code: error.code })
  }
}
