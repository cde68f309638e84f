import { AppError } from '@parley/contract/app-error.ts'
import type { WelcomeRequest } from '@parley/contract/operator.ts'
import { hashPassword, verifyPassword } from 'better-auth/crypto'
import { recordAudit } from '#audit/record-audit.ts'
import type { Role } from '#http/caller.ts'
import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { hashesOfSecret } from './hash-secret.ts'
import {
  consumeSignInLink,
  insertOperator,
  selectOperatorByEmail,
  upsertMembership,
} from './store.ts'

/**
 * Uses up a sign-in link: makes the operator with this address, or, with the right password of the one who has it,
 * adds a membership. The link is used up together with that, or not at all.
 *
 * @throws AppError `auth/sign-in-link-invalid`, `auth/email-taken`.
 */
export async function welcomeOperator(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'config'>,
  request: WelcomeRequest,
  trace: { address?: string; requestId?: string },
): Promise<{ operatorId: string; role: Role }> {
  const nowMs = ports.clock.now()
  const at = new Date(nowMs)
  const email = request.email.toLowerCase()
  const hashes = hashesOfSecret(ports, 'sign-in-link', request.link)
  // Slow on purpose, so outside the transaction.
  const passwordHash = await hashPassword(request.password)

  return await ports.db.transaction(async (db) => {
    const membership = await consumeSignInLink(db, hashes, at)
    if (membership === undefined) throw new AppError('auth/sign-in-link-invalid')
    const id = ports.random.uuid(nowMs)
    const accountId = ports.random.uuid(nowMs)
    const made = await insertOperator(
      db,
      { id, accountId, name: request.name, email, passwordHash },
      at,
    )
    const operatorId = made ? id : await proveOperator(db, email, request.password)
    await upsertMembership(db, operatorId, membership, at)
    await recordAudit(db, at, {
      ...trace,
      actor: `operator:${operatorId}`,
      action: made ? 'operator.created' : 'operator.joined',
      tenantId: membership.tenant_id,
      subjectId: operatorId,
      detail: { role: membership.role },
    })
    return { operatorId, role: membership.role }
  })
}

/** A link proves that somebody was invited, not that they are who already has this address. */
async function proveOperator(db: Queryable, email: string, password: string): Promise<string> {
  const operator = await selectOperatorByEmail(db, email)
  if (
    operator?.password === undefined ||
    operator.password === null ||
    !(await verifyPassword({ hash: operator.password, password }))
  ) {
    throw new AppError('auth/email-taken')
  }
  return operator.id
}
