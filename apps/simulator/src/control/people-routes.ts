import { Hono } from 'hono'
import type { Box } from '#box.ts'
import { rawNumber } from '#graph/raw-number.ts'
import {
  personEdits,
  personFollowsLink,
  personReacts,
  personSees,
  personTaps,
  personUnsends,
  personWrites,
} from '#messaging/person-acts.ts'
import type { Told } from '#messaging/person-acts.ts'
import { loadAccount, loadPerson } from '#world/find.ts'
import type { Attachment, ReplyTo } from '#world/threads.ts'
import type { z } from 'zod'
import {
  editBody,
  midBody,
  personMessageBody,
  personPatchBody,
  reactBody,
  referralBody,
  seenBody,
} from './bodies.ts'
import { completeAttachment } from './complete-attachment.ts'
import { readBody } from './read-body.ts'

/** What a person does with the phone. */
export function peopleRoutes(box: Box): Hono {
  const routes = new Hono()
  const load = (personKey: string, accountKey: string) =>
    [loadPerson(box.world, personKey), loadAccount(box.world, accountKey)] as const

  routes.post('/people/:key/messages', async (c) => {
    const body = await readBody(c, personMessageBody)
    return c.json(write(box, c.req.param('key'), body))
  })
  routes.post('/people/:key/react', async (c) => {
    const { account, ...rest } = await readBody(c, reactBody)
    return c.json(personReacts(box, ...load(c.req.param('key'), account), rest))
  })
  routes.post('/people/:key/unreact', async (c) => {
    const { account, mid } = await readBody(c, midBody)
    return c.json(personReacts(box, ...load(c.req.param('key'), account), { mid, reaction: null }))
  })
  routes.post('/people/:key/edit', async (c) => {
    const { account, ...rest } = await readBody(c, editBody)
    return c.json(personEdits(box, ...load(c.req.param('key'), account), rest))
  })
  routes.post('/people/:key/unsend', async (c) => {
    const { account, mid } = await readBody(c, midBody)
    return c.json(personUnsends(box, ...load(c.req.param('key'), account), mid))
  })
  routes.post('/people/:key/seen', async (c) => {
    const { account, mid } = await readBody(c, seenBody)
    return c.json(personSees(box, ...load(c.req.param('key'), account), mid))
  })
  routes.post('/people/:key/referral', async (c) => {
    const { account, referral } = await readBody(c, referralBody)
    return c.json(personFollowsLink(box, ...load(c.req.param('key'), account), referral))
  })
  routes.patch('/people/:key', async (c) => {
    const person = loadPerson(box.world, c.req.param('key'))
    Object.assign(person, await readBody(c, personPatchBody))
    box.changes.tell()
    return c.json({ success: true })
  })
  return routes
}

function write(box: Box, personKey: string, body: z.infer<typeof personMessageBody>): Told {
  const person = loadPerson(box.world, personKey)
  const account = loadAccount(box.world, body.account)
  const referral = body.referral && readyReferral(box, body.referral)
  if (body.postback) return personTaps(box, person, account, { ...body.postback, referral })
  const mention: Attachment[] = body.storyMention
    ? [
        completeAttachment(box, {
          type: 'story_mention',
          ...(body.storyMention === true ? {} : body.storyMention),
        }),
      ]
    : []
  const attachments = (body.attachments ?? []).map((one) => completeAttachment(box, one))
  return personWrites(box, person, account, {
    text: body.text,
    quickReply: body.quickReply,
    attachments: [...attachments, ...mention],
    replyTo: body.replyTo && readyReply(box, body.replyTo),
    referral,
    isUnsupported: body.unsupported,
  })
}

function readyReply(
  box: Box,
  reply: NonNullable<z.infer<typeof personMessageBody>['replyTo']>,
): ReplyTo {
  if ('mid' in reply) return reply
  const {
    id = box.random.digits(17),
    url = `${box.url}/cdn/shared/${id}.png`,
    ...rest
  } = reply.story
  const sticker = rest.link_sticker_url
  return { story: { id, url, ...(sticker !== undefined && { link_sticker_url: sticker }) } }
}

/** Some samples of Meta's carry `ad_id` without quotes. */
function readyReferral(box: Box, referral: Record<string, unknown>): Record<string, unknown> {
  const adId = referral['ad_id']
  if (!box.world.switches.numericAdId || typeof adId !== 'string' || !/^\d+$/.test(adId)) {
    return referral
  }
  return { ...referral, ad_id: rawNumber(adId) }
}
