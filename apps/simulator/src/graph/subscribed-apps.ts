import type { Box } from '#box.ts'
import { instagramHostFields, messagingFields, pageEdgeFields } from '#webhooks/fields.ts'
import { hasTask, loadActor, loadOwnPage, requireScope } from './actor.ts'
import { authenticate } from './authenticate.ts'
import type { GraphCall, GraphRoute } from './graph-call.ts'
import { findList } from './params.ts'
import { refusal, unauthorizedApp } from './refusals.ts'

const PATH = '/:node/subscribed_apps'

/** `subscribed_apps` on both hosts, each with its own field names and its own node. */
export function subscribedAppsRoutes(box: Box): GraphRoute[] {
  return [
    { method: 'POST', path: PATH, run: (call) => subscribe(box, call) },
    { method: 'GET', path: PATH, run: (call) => listApps(box, call) },
    { method: 'DELETE', path: PATH, run: (call) => unsubscribe(box, call) },
  ]
}

function subscribe(box: Box, call: GraphCall): unknown {
  const subscriber = loadSubscriber(box, call)
  if (
    call.app === 'instagram' &&
    call.ids['node'] === 'me' &&
    box.world.switches.meSubscribedAppsRefused
  ) {
    throw unauthorizedApp(call.method)
  }
  const fields = requireFields(call)
  if (
    call.app === 'instagram' &&
    fields.some((field) => messagingFields.some((name) => name === field))
  ) {
    requireScope(subscriber.token, 'instagram_business_manage_messages')
  }
  if (call.app === 'instagram' && fields.some((field) => field.endsWith('comments'))) {
    requireScope(subscriber.token, 'instagram_business_manage_comments')
  }
  removeSubscription(box, call, subscriber.key)
  box.world.subscriptions.push({ app: call.app, accountKey: subscriber.key, fields })
  box.changes.tell()
  return { success: true }
}

function requireFields(call: GraphCall): string[] {
  const fields = findList(call.params, 'subscribed_fields') ?? []
  if (fields.length === 0) {
    throw refusal(100, { message: 'The parameter subscribed_fields is required.' })
  }
  const allowed = call.app === 'instagram' ? instagramHostFields : pageEdgeFields
  const wrong = fields.findIndex((field) => !allowed.includes(field))
  if (wrong >= 0) {
    throw refusal(100, {
      message: `(#100) Param subscribed_fields[${wrong}] must be one of {${allowed.join(', ')}} - got "${fields[wrong]}".`,
    })
  }
  return fields
}

function listApps(box: Box, call: GraphCall): unknown {
  const subscriber = loadSubscriber(box, call)
  const app = box.world.apps[call.app]
  const found = box.world.subscriptions.find(
    ({ app: kind, accountKey }) => kind === call.app && accountKey === subscriber.key,
  )
  if (!found) return { data: [] }
  if (call.app === 'instagram') {
    return { data: [{ app_id: app.id, subscribed_fields: found.fields }] }
  }
  const { id, name } = app
  const link = `https://www.facebook.com/games/?app_id=${id}`
  return { data: [{ id, name, category: 'Business', link, subscribed_fields: found.fields }] }
}

function unsubscribe(box: Box, call: GraphCall): unknown {
  const subscriber = loadSubscriber(box, call)
  removeSubscription(box, call, subscriber.key)
  box.changes.tell()
  return { success: true }
}

/** A page may be subscribed without any Instagram account behind it; nothing ever arrives then. */
function loadSubscriber(box: Box, call: GraphCall) {
  if (call.app === 'instagram') {
    const { token, account } = loadActor(box, call, 'basic')
    return { token, key: account.key }
  }
  const token = authenticate(box, call)
  const page = loadOwnPage(box, call, token)
  requireScope(token, 'pages_manage_metadata')
  if (!hasTask(page, 'CREATE_CONTENT') && !hasTask(page, 'MANAGE') && !hasTask(page, 'MODERATE')) {
    throw refusal(200, {
      message: '(#200) The user must be able to CREATE_CONTENT, MANAGE or MODERATE',
    })
  }
  const accountKey =
    page.instagram && 'accountKey' in page.instagram ? page.instagram.accountKey : null
  return { token, key: accountKey ?? `page ${page.id}` }
}

function removeSubscription(box: Box, call: GraphCall, accountKey: string): void {
  box.world.subscriptions = box.world.subscriptions.filter(
    (subscription) => subscription.app !== call.app || subscription.accountKey !== accountKey,
  )
}
