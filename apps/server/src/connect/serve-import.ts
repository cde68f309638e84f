import { AppError } from '@parley/contract/app-error.ts'
import { ImportList, ImportRequest, ImportRows } from '@parley/contract/import.ts'
import type { ImportOutcome, ImportReport } from '@parley/contract/import.ts'
import { z } from 'zod'
import { loadConnection } from '#connections/load-connection.ts'
import type { AppContext } from '#http/app-env.ts'
import { maySee, requireCaller } from '#http/caller.ts'
import type { Caller } from '#http/caller.ts'
import { body } from '#http/read-body.ts'
import type { Ports } from '#ports/ports.ts'
import { importRows } from './import-rows.ts'
import { importToken } from './import-token.ts'
import type { ConnectHooks, Who } from './schema.ts'

/** One token as an object, answered with its connection; many as a list, answered with a report. */
export async function serveImport(
  c: AppContext,
  ports: Ports,
  hooks: ConnectHooks,
): Promise<Response> {
  const caller = requireCaller(c, { scope: 'connect' })
  const sent = await body(c, z.unknown())
  const who = { actor: caller.actor, address: c.var.address, requestId: c.var.requestId }
  if (Array.isArray(sent)) {
    const rows = await body(c, ImportList)
    return c.json(
      await importList(ports, hooks, { rows, dryRun: false, invite: false, caller, who }),
    )
  }
  if (typeof sent === 'object' && sent !== null && 'rows' in sent) {
    return c.json(await importList(ports, hooks, { ...(await body(c, ImportRows)), caller, who }))
  }
  const request = await body(c, ImportRequest)
  const { tenantId } = request
  if (!maySee(caller, tenantId)) throw new AppError('tenants/not-found')
  const imported = await importToken(ports, hooks, { request, isDryRun: false, who })
  c.set('tenantId', tenantId)
  const connection = await loadConnection(ports, imported.connectionId ?? '', [tenantId])
  return c.json(connection, imported.status === 'unchanged' ? 200 : 201)
}

async function importList(
  ports: Ports,
  hooks: ConnectHooks,
  input: ImportRows & { caller: Caller; who: Who },
): Promise<ImportReport> {
  const { caller, who, dryRun: isDryRun, invite: doesInvite } = input
  const data: ImportOutcome[] = []
  const count = { kept: 0, exchanged: 0, unchanged: 0, refused: 0, ready: 0 }
  const rows = input.rows.map((values, index) => ({ line: index + 1, values }))
  const batch = { caller, who, tenantId: undefined, isDryRun, doesInvite }
  for await (const outcome of importRows(ports, hooks, rows, batch)) {
    data.push(outcome)
    count[outcome.status] += 1
  }
  return { data, ...count }
}
