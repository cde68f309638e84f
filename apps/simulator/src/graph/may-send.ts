import type { Box } from '#box.ts'
import { findThread, isSelfThread } from '#world/threads.ts'
import type { Thread } from '#world/threads.ts'
import type { Account } from '#world/world.ts'
import type { Actor } from './actor.ts'
import { hasTask } from './actor.ts'
import type { GraphCall } from './graph-call.ts'
import { findJson, findText, isRecord } from './params.ts'
import { refusal } from './refusals.ts'

export const WINDOW_MS = 24 * 3_600_000
const HUMAN_AGENT_WINDOW_MS = 7 * WINDOW_MS

const MESSAGING_TYPES = ['RESPONSE', 'UPDATE', 'MESSAGE_TAG']

/** The owner's switch in the Instagram app, and the user's task on the page. */
export function checkAccess({ account, page }: Actor): void {
  if (page && !hasTask(page, 'MESSAGING')) {
    throw refusal(200, { message: '(#200) The user must have the MESSAGING task on the Page' })
  }
  if (!account.allowsMessageAccess) throw refusal(200, { subcode: 2534041 })
}

/** The thread with the person named by `recipient`, who must have written before. */
export function loadRecipient(box: Box, call: GraphCall, account: Account): Thread {
  const recipient = findJson(call.params, 'recipient')
  if (!isRecord(recipient)) throw refusal(100, { message: 'The parameter recipient is required.' })
  // No comments here yet, so none can be answered privately.
  if ('comment_id' in recipient) throw refusal(100, { subcode: 2534025 })
  const { id } = recipient
  if (typeof id !== 'string' || !/^\d+$/.test(id)) {
    throw refusal(100, { message: 'Param recipient[id] must be a valid ID string (e.g., "123")' })
  }
  const thread = box.world.threads.find(
    (candidate) => candidate.accountKey === account.key && candidate.igsid === id,
  )
  if (!thread) throw missingRecipient(box, account, id)
  const person = box.world.people.find(({ key }) => key === thread.personKey)
  if (person?.blockedAccounts.includes(account.key)) throw refusal(551, { subcode: 1545041 })
  if (box.world.switches.routing === 'other_app_owns') throw refusal(100, { subcode: 2534037 })
  return thread
}

/** A person of this account who never wrote is outside the window; anybody else cannot be found. */
function missingRecipient(box: Box, account: Account, igsid: string) {
  const person = box.world.people.find((candidate) => candidate.igsids[account.key] === igsid)
  const isOutside = person !== undefined && !findThread(box.world, account.key, person.key)
  return isOutside ? outsideWindow(box) : refusal(100, { subcode: 2534014 })
}

/** 24 h from the person's last act; 7 days with HUMAN_AGENT and the feature on. Self messages have none. */
export function checkWindow(box: Box, call: GraphCall, thread: Thread): void {
  const tag = findText(call.params, 'tag')
  const type = findText(call.params, 'messaging_type')
  if (type !== undefined && !MESSAGING_TYPES.includes(type)) {
    throw refusal(100, { message: `Param messaging_type must be one of ${MESSAGING_TYPES.join()}` })
  }
  const isTagged = type === 'MESSAGE_TAG' || tag !== undefined
  if (isTagged && tag !== 'HUMAN_AGENT') {
    throw refusal(100, { message: '(#100) The message tag is not supported.' })
  }
  if (isTagged && !box.world.switches.humanAgent) {
    throw refusal(10, {
      message:
        "To use 'Human Agent', your use of this endpoint must be reviewed and approved by Facebook.",
      status: 403,
    })
  }
  if (isSelfThread(thread)) return
  const ageMs = box.clock.now() - (thread.lastPersonActAtMs ?? Number.NEGATIVE_INFINITY)
  if (ageMs >= (isTagged ? HUMAN_AGENT_WINDOW_MS : WINDOW_MS)) throw outsideWindow(box)
}

const outsideWindow = (box: Box) =>
  refusal(10, { subcode: 2534022, status: box.world.switches.windowErrorStatus })
