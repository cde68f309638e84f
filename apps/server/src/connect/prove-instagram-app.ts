import { AppError } from '@parley/contract/app-error.ts'
import type { ActingNode } from '@parley/instagram/graph-context.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { Subscription } from '@parley/instagram/subscription.ts'
import type { Secret } from '@parley/instagram/secret.ts'
import type { Capability } from '@parley/instagram/scopes.ts'
import { webhookFieldsFor } from '@parley/instagram/webhook-fields.ts'
import type { Ports } from '#ports/ports.ts'
import { answered } from './identify-instagram.ts'
import { mapMetaFailure } from './map-meta-failure.ts'

/**
 * Whose app a token is of shows when it subscribes: Meta then lists that app. Without a capability that needs webhooks
 * there is nothing to subscribe, and nothing to prove with. What a foreign token changed is put back.
 *
 * @throws AppError `tokens/other-app`, `connect/permission-missing`, others of `connect`.
 */
export async function proveInstagramApp(
  ports: Pick<Ports, 'graph'>,
  input: { accountId: string; token: Secret; appId: string; asked: readonly Capability[] },
): Promise<void> {
  const fields = webhookFieldsFor('instagram', input.asked)
  if (fields.length === 0) return
  const node: ActingNode = { login: 'instagram', id: input.accountId, token: input.token }
  const before = await answered(ports.graph.readSubscriptions(node))
  await subscribe(ports, node, fields)
  const after = await answered(ports.graph.readSubscriptions(node))
  // Another app that is new in the list was put there by this token.
  const isNew = ({ appId }: Subscription): boolean => !before.some((known) => known.appId === appId)
  const isOurs = after.some(({ appId }) => appId === input.appId)
  const isForeign = after.some((app) => app.appId !== input.appId && isNew(app))
  if (isOurs && !isForeign) return
  await putBack(ports, node, before)
  throw new AppError('tokens/other-app')
}

async function subscribe(
  ports: Pick<Ports, 'graph'>,
  node: ActingNode,
  fields: readonly string[],
): Promise<void> {
  try {
    await ports.graph.subscribe(node, fields)
  } catch (cause) {
    const code = cause instanceof GraphError ? (cause.code ?? 0) : 0
    const lacksScope = code === 10 || (code >= 200 && code < 300)
    throw lacksScope ? new AppError('connect/permission-missing', { cause }) : mapMetaFailure(cause)
  }
}

/** As far as Meta lets it: the refusal stands either way. */
async function putBack(
  ports: Pick<Ports, 'graph'>,
  node: ActingNode,
  before: readonly Subscription[],
): Promise<void> {
  const [only, second] = before
  try {
    if (only === undefined) await ports.graph.unsubscribe(node)
    else if (second === undefined && only.fields.length > 0) {
      await ports.graph.subscribe(node, only.fields)
    }
  } catch (error) {
    if (!(error instanceof GraphError) && !(error instanceof HttpFailure)) throw error
  }
}
