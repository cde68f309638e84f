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
 * Whose app a token is of shows when it subscribes: Meta then lists that app. Where ours and another stand in the list
 * already, it shows by which one goes. Without a capability that needs webhooks there is nothing to subscribe, and
 * nothing to prove with. What a foreign token changed is put back.
 *
 * @throws AppError `tokens/other-app`, `connect/permission-missing`, others of `connect`.
 */
export async function proveInstagramApp(
  ports: Pick<Ports, 'graph'>,
  input: { accountId: string; token: Secret; appId: string; asked: readonly Capability[] },
): Promise<void> {
  const { appId } = input
  const fields = webhookFieldsFor('instagram', input.asked)
  if (fields.length === 0) return
  const node: ActingNode = { login: 'instagram', id: input.accountId, token: input.token }
  const before = await answered(ports.graph.readSubscriptions(node))
  const isCrowded = has(before, appId) && before.length > 1
  if (isCrowded) await proveByLeaving(ports, node, { before, appId, fields })
  await subscribe(ports, node, fields)
  const after = await answered(ports.graph.readSubscriptions(node))
  // Another app that is new in the list was put there by this token.
  const isForeign = after.some((app) => app.appId !== appId && !has(before, app.appId))
  if (has(after, appId) && !isForeign) return
  await putBack(ports, node, { before, after })
  throw new AppError('tokens/other-app')
}

/** Ours goes from the list, or the token is another app's, whose subscription is made again. */
async function proveByLeaving(
  ports: Pick<Ports, 'graph'>,
  node: ActingNode,
  {
    before,
    appId,
    fields,
  }: { before: readonly Subscription[]; appId: string; fields: readonly string[] },
): Promise<void> {
  await answered(ports.graph.unsubscribe(node))
  let left: readonly Subscription[]
  try {
    left = await answered(ports.graph.readSubscriptions(node))
  } catch (error) {
    // Whichever app it is, it most likely was subscribed.
    await asFarAsMetaLets(ports.graph.subscribe(node, fields))
    throw error
  }
  if (!has(left, appId)) return
  const gone = before.find((app) => !has(left, app.appId))
  if (gone !== undefined) {
    const lost = gone.fields.length > 0 ? gone.fields : fields
    await asFarAsMetaLets(ports.graph.subscribe(node, lost))
  }
  throw new AppError('tokens/other-app')
}

const has = (subscriptions: readonly Subscription[], appId: string | undefined): boolean =>
  subscriptions.some((app) => app.appId === appId)

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

/** The token's app is the one that is new in the list, or whose fields are not what they were. */
async function putBack(
  ports: Pick<Ports, 'graph'>,
  node: ActingNode,
  { before, after }: { before: readonly Subscription[]; after: readonly Subscription[] },
): Promise<void> {
  const isNew = before.length === 0 || after.some(({ appId }) => !has(before, appId))
  if (isNew) {
    await asFarAsMetaLets(ports.graph.unsubscribe(node))
    return
  }
  const changed = before.find(({ appId, fields }) =>
    after.some((app) => app.appId === appId && !isSame(app.fields, fields)),
  )
  if (changed !== undefined && changed.fields.length > 0) {
    await asFarAsMetaLets(ports.graph.subscribe(node, changed.fields))
  }
}

const isSame = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((field) => others.includes(field))

/** The refusal stands either way. */
async function asFarAsMetaLets(call: Promise<unknown>): Promise<void> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof GraphError) && !(error instanceof HttpFailure)) throw error
  }
}
