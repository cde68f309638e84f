import type { Box } from '#box.ts'
import type { Account } from '#world/world.ts'
import { loadActor } from './actor.ts'
import type { GraphCall, GraphRoute } from './graph-call.ts'
import { findJson, findList, findText, isRecord } from './params.ts'
import { refusal } from './refusals.ts'

const ICE_BREAKERS_MAX = 4
const MENU_ITEMS_MAX = 20
const PATH = '/:node/messenger_profile'

export function messengerProfileRoutes(box: Box): GraphRoute[] {
  return [
    { method: 'POST', path: PATH, run: (call) => setProfile(box, call) },
    { method: 'GET', path: PATH, run: (call) => readProfile(box, call) },
    { method: 'DELETE', path: PATH, run: (call) => deleteProfile(box, call) },
  ]
}

/** Without `platform=instagram` Facebook edits the Page's Messenger profile: success, and no effect here. */
function loadProfiled(box: Box, call: GraphCall): Account | undefined {
  const { account } = loadActor(box, call, 'messages')
  const isOther = call.app === 'facebook' && findText(call.params, 'platform') !== 'instagram'
  return isOther ? undefined : account
}

function setProfile(box: Box, call: GraphCall): unknown {
  const account = loadProfiled(box, call)
  const iceBreakers = readItems(call, 'ice_breakers', ICE_BREAKERS_MAX)
  const menu = readItems(call, 'persistent_menu', MENU_ITEMS_MAX)
  if (!iceBreakers && !menu) {
    throw refusal(100, { message: 'One of ice_breakers and persistent_menu is required.' })
  }
  if (account && iceBreakers) account.iceBreakers = iceBreakers
  if (account && menu) account.persistentMenu = menu
  box.changes.tell()
  return { success: true }
}

function readItems(call: GraphCall, name: string, itemsMax: number): unknown[] | undefined {
  const given = findJson(call.params, name)
  if (given === undefined) return undefined
  if (!Array.isArray(given)) throw refusal(100, { message: `Param ${name} must be an array.` })
  for (const locale of given) {
    const actions: unknown = isRecord(locale) ? locale['call_to_actions'] : undefined
    if (!Array.isArray(actions) || actions.length < 1 || actions.length > itemsMax) {
      throw refusal(100, { message: `Param ${name} must hold 1 to ${itemsMax} call_to_actions.` })
    }
  }
  return given
}

function readProfile(box: Box, call: GraphCall): unknown {
  const account = loadProfiled(box, call)
  const fields = findList(call.params, 'fields') ?? []
  if (fields.includes('ice_breakers')) return { data: account?.iceBreakers ?? [] }
  const menu = account?.persistentMenu ?? []
  return { data: menu.length > 0 ? [{ persistent_menu: menu }] : [] }
}

function deleteProfile(box: Box, call: GraphCall): unknown {
  const account = loadProfiled(box, call)
  const fields = findList(call.params, 'fields') ?? []
  if (account && fields.includes('ice_breakers')) account.iceBreakers = []
  if (account && fields.includes('persistent_menu')) account.persistentMenu = []
  box.changes.tell()
  return { success: true }
}
