import type { Box } from '#box.ts'
import { findThread } from '#world/threads.ts'
import type { Account } from '#world/world.ts'
import type { GraphCall } from './graph-call.ts'
import { findText, parseFields, pick } from './params.ts'
import { pictureUrl } from './pictures.ts'
import { refusal } from './refusals.ts'

/** `/{IGSID}`: only after the person wrote or tapped (230), and never the review robot (9010). */
export function readProfile(
  box: Box,
  call: GraphCall,
  account: Account,
  igsid: string,
): Record<string, unknown> | undefined {
  const person = box.world.people.find((candidate) => candidate.igsids[account.key] === igsid)
  if (!person) return undefined
  if (person.isReviewBot) throw refusal(9010)
  if (!findThread(box.world, account.key, person.key)?.hasConsent) throw refusal(230)
  const fields = parseFields(findText(call.params, 'fields') ?? 'name,username,profile_pic')
  if (person.blockedAccounts.includes(account.key)) return { id: igsid }
  return pick(fields, {
    name: person.name,
    username: person.username,
    profile_pic: person.hasPicture ? pictureUrl(box, `people/${person.key}.svg`) : null,
    follower_count: person.followerCount,
    is_verified_user: false,
    is_user_follow_business: person.key !== 'mika',
    is_business_follow_user: person.key === 'ana',
    id: igsid,
  })
}
