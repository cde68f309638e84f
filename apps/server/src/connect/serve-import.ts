import { AppError } from '@parley/contract/app-error.ts'
import { ImportList, ImportRequest, ImportRows } from '@parley/contract/import.ts'
import type { ImportReport } from '@parley/contract/import.ts'
import { z } from 'zod'
import { loadConnection } from '#connections/load-connection.ts'
import type { AppContext } from '#http/app-env.ts'
import { maySee, requireCaller } from '#http/caller.ts'
import type { Caller } from '#http/caller.ts'
import { body } from '#http/read-body.ts'
import type { Ports } from '#ports/ports.ts'
import { importRows } from './import-rows.ts'
import { importToken } from './import-token.ts'
import type { ConnectHooks } from './schema.ts'

/** One token as an object, answered with its connection; many as a list, answered with a report. */
export async function serveImport(
  c: AppContext,
  ports: Ports,
  hooks: ConnectHooks,
): Promise<Response> {
  const caller = requireCaller(c, { scope: 'connect' })
  const sent = await body(c, z.unknown())
  if (Array.isArray(sent)) {
    return c.json(await importList(c, ports, hooks, { caller, rows: await body(c, ImportList) }))
  }
  if (typeof sent === 'object' && sent !== null && 'rows' in sent) {
    const { rows } = await body(c, ImportRows)
    return c.json(await importList(c, ports, hooks, { caller, rows }))
  }
  const request = await body(c, ImportRequest)
  const { tenantId } = request
  if (!maySee(caller, tenantId)) throw new AppError('tenants/not-found')
  const who = { actor: caller.actor, address: c.var.address, requestId: c.var.requestId }
  const imported = await importToken(ports, hooks, { request, isDryRun: false, who })
  c.set('tenantId', tenantId)
  const connection = await loadConnection(ports, imported.connectionId ?? '', [tenantId])
  return c.json(connection, imported.status === 'unchanged' ? 200 : 201)
}

async function importList(
  c: AppContext,
  ports: Ports,
  hooks: ConnectHooks,
  input: { caller: Caller; rows: readonly Readonly<Record<string, unknown>>[] },
): Promise<ImportReport> {
  const { caller, rows } = input
  const report: ImportReport = { data: [], kept: 0, exchanged: 0, unchanged: 0, refused: 0 }
  const outcomes = importRows(ports, hooks, {
    rows: rows.map((values, index) => ({ line: index + 1, values })),
    tenantId: undefined,
    maySee: (tenantId) => maySee(caller, tenantId),
    isDryRun: false,
    who: { actor: caller.actor, address: c.var.address, requestId: c.var.requestId },
  })
  for await (const outcome of outcomes) {
    report.data.push(outcome)
    if (outcome.status !== 'ready') report[outcome.status] += 1
  }
  return report
}
