import type { Box } from '#box.ts'
import { appFields } from '#webhooks/fields.ts'
import { shakeHands } from '#webhooks/handshake.ts'
import { requireAppToken } from './debug-token.ts'
import type { GraphCall, GraphRoute } from './graph-call.ts'
import { findList, requireText } from './params.ts'
import { missingObject, refusal } from './refusals.ts'

const PATH = '/:node/subscriptions'

/** The dashboard's webhook page by API: callback, verify token and fields of the app. */
export function appSubscriptionRoutes(box: Box): GraphRoute[] {
  return [
    { method: 'POST', path: PATH, run: (call) => setCallback(box, call) },
    { method: 'GET', path: PATH, run: (call) => listCallbacks(box, call) },
  ]
}

async function setCallback(box: Box, call: GraphCall): Promise<unknown> {
  const app = loadApp(box, call)
  if (requireText(call.params, 'object') !== 'instagram') {
    throw refusal(100, { message: '(#100) Param object must be one of {instagram}' })
  }
  const fields = findList(call.params, 'fields') ?? []
  const wrong = fields.find((field) => !appFields.includes(field))
  if (wrong !== undefined) throw refusal(100, { message: `(#100) Unknown field ${wrong}` })
  const callbackUrl = requireText(call.params, 'callback_url')
  const target = { callbackUrl, verifyToken: requireText(call.params, 'verify_token') }
  const shaken = await shakeHands(box, target, {
    patienceMs: 0,
    signal: AbortSignal.timeout(10_000),
  })
  if (!shaken.ok) {
    throw refusal(2200, { message: `(#2200) Callback verification failed: ${shaken.reason}` })
  }
  app.webhook = target
  app.fields = fields
  box.changes.tell()
  return { success: true }
}

function listCallbacks(box: Box, call: GraphCall): unknown {
  const { webhook, fields } = loadApp(box, call)
  if (!webhook) return { data: [] }
  const named = fields.map((name) => ({ name, version: 'v26.0' }))
  return {
    data: [{ object: 'instagram', callback_url: webhook.callbackUrl, active: true, fields: named }],
  }
}

function loadApp(box: Box, call: GraphCall) {
  requireAppToken(box, call)
  const app = box.world.apps.facebook
  if (call.ids['node'] !== app.id) throw missingObject(call.ids['node'] ?? '', call.method)
  return app
}
