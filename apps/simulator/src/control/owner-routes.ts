import { Hono } from 'hono'
import type { Box } from '#box.ts'
import { accountWrites, publishEcho } from '#messaging/account-sends.ts'
import { newThreadId } from '#messaging/new-message.ts'
import { addAccounts } from '#world/add-accounts.ts'
import { loadAccount, loadPerson } from '#world/find.ts'
import { openThread } from '#world/threads.ts'
import { accountPatchBody, moreAccountsBody, ownerMessageBody } from './bodies.ts'
import { completeAttachment } from './complete-attachment.ts'
import { readBody } from './read-body.ts'

/** What the owner of an account does in the Instagram app. */
export function ownerRoutes(box: Box): Hono {
  const routes = new Hono()
  routes.post('/accounts', async (c) => {
    const accounts = addAccounts(box.world, await readBody(c, moreAccountsBody))
    box.changes.tell()
    return c.json({ accounts })
  })
  routes.post('/accounts/:key/messages', async (c) => {
    const account = loadAccount(box.world, c.req.param('key'))
    const body = await readBody(c, ownerMessageBody)
    const isSelf = body.person === 'self' || body.person === account.key
    const person = isSelf ? 'self' : loadPerson(box.world, body.person)
    const made = { id: newThreadId(box), atMs: box.clock.now() }
    const thread = openThread(box.world, account, person, made)
    const message = accountWrites(
      box,
      thread,
      {
        text: body.text ?? null,
        attachments: (body.attachments ?? []).map((one) => completeAttachment(box, one)),
        quickReplies: [],
        replyTo: null,
      },
      { by: 'owner' },
    )
    void publishEcho(box, account, thread, message)
    return c.json({ mid: message.mid, deliveredTo: message.deliveredTo })
  })
  routes.patch('/accounts/:key', async (c) => {
    const account = loadAccount(box.world, c.req.param('key'))
    Object.assign(account, await readBody(c, accountPatchBody))
    box.changes.tell()
    return c.json({ success: true })
  })
  return routes
}
