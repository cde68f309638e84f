import type { Box } from '#box.ts'
import type { Account } from '#world/world.ts'
import { accountFields } from './account-fields.ts'
import { loadActor } from './actor.ts'
import { authenticate } from './authenticate.ts'
import { readConversationNode } from './conversations.ts'
import type { GraphCall, GraphRoute } from './graph-call.ts'
import { readMediaNode } from './media.ts'
import { findText, parseFields, pick } from './params.ts'
import { readProfile } from './person-profile.ts'
import { rawNumber } from './raw-number.ts'
import { missingObject, refusal } from './refusals.ts'

/** `/me`, `/{ig-id}`, and every other object that is read by its bare id on graph.instagram.com. */
export function meRoutes(box: Box): GraphRoute[] {
  return [{ method: 'GET', path: '/:node', run: (call) => readNode(box, call) }]
}

function readNode(box: Box, call: GraphCall): unknown {
  const token = authenticate(box, call)
  const { node = '' } = call.ids
  const own = box.world.accounts.find(({ key }) => key === token.holder.accountKey)
  if (own && (node === 'me' || node === own.id)) return readMe(box, call)
  const found = own && readOwned(box, call, own, node)
  if (found === undefined) throw missingObject(node, call.method)
  return found
}

/** A person, conversation, message or media of the account. */
export function readOwned(box: Box, call: GraphCall, account: Account, node: string): unknown {
  return (
    readProfile(box, call, account, node) ??
    readConversationNode(box, call, account, node) ??
    readMediaNode(box, call, account, node)
  )
}

const FIELDS = [
  'id',
  'user_id',
  'username',
  'name',
  'account_type',
  'profile_picture_url',
  'followers_count',
  'follows_count',
  'media_count',
  'biography',
  'website',
]

function readMe(box: Box, call: GraphCall): unknown {
  const { account } = loadActor(box, call, 'basic')
  const fields = parseFields(findText(call.params, 'fields') ?? 'id,user_id,username')
  for (const name of fields.keys()) {
    if (!FIELDS.includes(name)) {
      throw refusal(100, { message: `Tried accessing nonexisting field (${name})` })
    }
  }
  const { meUserId, meReply } = box.world.switches
  const me = pick(fields, {
    ...accountFields(box, account),
    user_id: meUserId === 'int' ? rawNumber(account.id) : account.id,
    id: account.appScopedId,
  })
  return meReply === 'data_array' ? { data: [me] } : me
}
