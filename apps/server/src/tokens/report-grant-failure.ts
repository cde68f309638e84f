import type { Capability } from '@parley/instagram/scopes.ts'
import { classifyGraphError, isAppRemoved } from '@parley/instagram/classify-graph-error.ts'
import type { GraphErrorClass } from '@parley/instagram/classify-graph-error.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import type { UsableGrant } from './schema.ts'
import { loseGrant } from './lose-grant.ts'
import { blockCapability, listGrants, lockConnection } from './store.ts'
import { suspectApp } from './suspect-app.ts'
import { tellCapabilities } from './tell-capabilities.ts'
import { tellConnection } from './tell-connection.ts'

type Touched = Pick<Ports, 'db' | 'vault' | 'clock' | 'random' | 'signals' | 'graph' | 'log'>

/** Why a person must sign in again; 190's subcodes. Source: /docs/graph-api/guides/error-handling, read 2026-11-20. */
const REASON_OF_SUBCODE: Readonly<Record<number, string>> = {
  458: 'app_removed',
  459: 'checkpoint',
  460: 'password_changed',
  463: 'expired',
  464: 'unconfirmed_person',
  467: 'token_invalid',
  492: 'page_role_lost',
  493: 'inactive',
  2534013: 'page_unlinked',
  2534077: 'page_link_unverified',
}
/** The account's owner switched off message access for connected tools. */
const MESSAGE_ACCESS_OFF = 2534041

/**
 * Draws the conclusion from a refused call. A dead token turns the grant to `needs_reauth` or `revoked`; a missing
 * permission or a restricted account switches the capability off; everything else is the caller's to repeat or to
 * give up and changes nothing here. A 190 without a subcode is believed only when a second call says it too, and none
 * while one after the other of the app's grants seems to die.
 *
 * @returns what the error meant.
 */
export async function reportGrantFailure(
  ports: Touched,
  grant: UsableGrant,
  error: GraphError,
  capability: Capability = 'messages',
): Promise<GraphErrorClass> {
  const meaning = classifyGraphError(error)
  switch (meaning) {
    case 'needs_reauth':
      if (error.subcode !== undefined || (await isConfirmed(ports, grant))) {
        if (!(await suspectApp(ports, grant))) await lose(ports, grant, error)
      }
      break
    case 'needs_permission':
      await block(ports, grant, capability, 'permission_withdrawn', error)
      break
    case 'account_action': {
      const isSwitchedOff = error.subcode === MESSAGE_ACCESS_OFF
      const reason = isSwitchedOff ? 'message_access_off' : 'account_restricted'
      await block(ports, grant, capability, reason, error)
      break
    }
    case 'transient':
    case 'throttled':
    case 'fail_message':
    case 'app_broken':
    case 'bug':
    case 'unknown_outcome':
      break
  }
  return meaning
}

async function isConfirmed(ports: Touched, grant: UsableGrant): Promise<boolean> {
  try {
    if (grant.login === 'instagram') await ports.graph.readInstagramAccount(grant.token)
    else await ports.graph.readFacebookSelf(grant.token)
    return false
  } catch (second) {
    // Only Meta's own second "no" counts; silence proves nothing.
    if (second instanceof GraphError) return classifyGraphError(second) === 'needs_reauth'
    if (second instanceof HttpFailure) return false
    throw second
  }
}

async function lose(ports: Touched, grant: UsableGrant, error: GraphError): Promise<void> {
  const status = isAppRemoved(error) ? 'revoked' : 'needs_reauth'
  const reason = REASON_OF_SUBCODE[error.subcode ?? 0] ?? 'token_invalid'
  await loseGrant(ports, grant, { actor: 'meta', status, reason, detail: codesOf(error) })
}

async function block(
  ports: Touched,
  grant: UsableGrant,
  capability: Capability,
  reason: string,
  error: GraphError,
): Promise<void> {
  const { tenantId, connectionId, grantId } = grant
  const at = new Date(ports.clock.now())
  await ports.db.transaction(async (db) => {
    await lockConnection(db, tenantId, connectionId)
    const before = await listGrants(db, [{ tenantId, connectionId }])
    const blocks = { [capability]: { reason, at: at.toISOString() } }
    if ((await blockCapability(db, { tenantId, grantId, blocks })) === 0) return
    await recordAudit(db, at, {
      actor: 'meta',
      action: 'connection.capability_blocked',
      tenantId,
      subjectId: connectionId,
      detail: { grant: grantId, capability, reason, ...codesOf(error) },
    })
    const after = before.map((one) =>
      one.id === grantId ? { ...one, blocks: { ...one.blocks, ...blocks } } : one,
    )
    await tellCapabilities(ports, db, { tenantId, connectionId }, { before, after })
  })
  tellConnection(ports, tenantId, connectionId)
}

const codesOf = (error: GraphError): { code: number | null; subcode: number | null } => ({
  code: error.code ?? null,
  subcode: error.subcode ?? null,
})
