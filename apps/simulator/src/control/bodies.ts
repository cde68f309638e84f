import { z } from 'zod'
import { switchesSchema } from '#world/switches.ts'

const text = z.string().min(1).max(20_000)
const record = z.record(z.string(), z.unknown())

export const attachmentBody = z.strictObject({
  type: z.string().min(1).max(100),
  /** Short for `payload: {url}`. Without both, images, videos, audio and posts get a made-up address. */
  url: z.string().optional(),
  payload: record.optional(),
})

const replyTo = z.union([
  z.strictObject({ mid: z.string() }),
  z.strictObject({
    story: z.strictObject({
      id: z.string().optional(),
      url: z.string().optional(),
      link_sticker_url: z.string().optional(),
    }),
  }),
])

/** `POST /simulator/people/:key/messages`: exactly one of the kinds, `replyTo` and `referral` beside them. */
export const personMessageBody = z.strictObject({
  account: z.string(),
  text: text.optional(),
  quickReply: z.strictObject({ title: text, payload: z.string() }).optional(),
  postback: z.strictObject({ title: text, payload: z.string() }).optional(),
  attachments: z.array(attachmentBody).min(1).max(20).optional(),
  replyTo: replyTo.optional(),
  storyMention: z.union([z.literal(true), z.strictObject({ url: z.string() })]).optional(),
  unsupported: z.literal(true).optional(),
  referral: record.optional(),
})

export const reactBody = z.strictObject({
  account: z.string(),
  mid: z.string(),
  reaction: z.string().default('love'),
  emoji: z.string().optional(),
})
export const midBody = z.strictObject({ account: z.string(), mid: z.string() })
export const editBody = z.strictObject({ account: z.string(), mid: z.string(), text })
export const seenBody = z.strictObject({ account: z.string(), mid: z.string().optional() })
export const referralBody = z.strictObject({ account: z.string(), referral: record })

/** `POST /simulator/accounts/:key/messages`: typed by hand. `person: "self"` is the account's own thread. */
export const ownerMessageBody = z.strictObject({
  person: z.string(),
  text: text.optional(),
  attachments: z.array(attachmentBody).min(1).max(20).optional(),
})

export const accountPatchBody = z
  .strictObject({
    allowsMessageAccess: z.boolean(),
    isTester: z.boolean(),
    username: z.string().min(1).max(100),
    name: z.string().min(1).max(100),
  })
  .partial()

export const moreAccountsBody = z.strictObject({
  count: z.int().min(1).max(5000),
  behindPages: z.boolean().default(false),
})

export const personPatchBody = z
  .strictObject({
    blockedAccounts: z.array(z.string()),
    name: z.string().nullable(),
    username: z.string().min(1).max(100),
  })
  .partial()

/** Only what is named changes. */
export const switchesBody = z.strictObject(
  Object.fromEntries(
    Object.entries(switchesSchema.shape).map(([name, schema]) => [
      name,
      schema.unwrap().optional(),
    ]),
  ),
)

export const clockBody = z.union([
  z.strictObject({ advanceMs: z.int() }),
  z.strictObject({ nowMs: z.int() }),
  z.strictObject({ reset: z.literal(true) }),
])

const app = z.enum(['instagram', 'facebook'])

export const expireBody = z.strictObject({
  account: z.string().optional(),
  app: app.optional(),
  /** Lets the tokens live that long; 0 is expired. */
  inMs: z.int().min(0).default(0),
})

export const revokeBody = z.strictObject({
  account: z.string().optional(),
  app: app.optional(),
  subcode: z.literal([458, 459, 460, 464, 467, 492, 493]).default(458),
  /** Removing the app in the settings also posts the deauthorize callback, when one is set. */
  deauthorize: z.boolean().default(false),
})

/** A token as the dashboard's "Generate token" makes it, or one of any age. */
export const makeTokenBody = z.strictObject({
  account: z.string(),
  app: app.default('instagram'),
  kind: z.enum(['long', 'short']).default('long'),
  scopes: z.array(z.string()).optional(),
  ageMs: z.int().min(0).default(0),
  subscribe: z.boolean().default(false),
})

export const permissionBody = z.strictObject({
  account: z.string(),
  app,
  permission: z.string(),
  granted: z.boolean(),
})

export const webhookBody = z.strictObject({
  app: app.default('instagram'),
  kind: z.string().default('raw'),
  account: z.string().optional(),
  /** JSON is escaped as Meta does; a string goes out byte for byte. */
  body: z.unknown().optional(),
  raw: z.string().optional(),
  /** The dashboard's Test button, in the two shapes that were seen. */
  dashboardTest: z.enum(['changes', 'messaging']).optional(),
})

export const releaseBody = z.strictObject({
  reverse: z.boolean().default(false),
  batch: z.boolean().default(false),
})

const target = z.strictObject({ callbackUrl: z.url(), verifyToken: z.string() })

export const appPatch = z
  .strictObject({
    name: z.string(),
    redirectUris: z.array(z.string()),
    fields: z.array(z.string()),
    loginConfigId: z.string().nullable(),
    deauthorizeUrl: z.url().nullable(),
    dataDeletionUrl: z.url().nullable(),
    secret: z.string(),
  })
  .partial()

/** `POST /simulator/apps`. `webhook` is set for both apps, after a handshake. */
export const appsBody = z
  .strictObject({
    instagram: appPatch,
    facebook: appPatch,
    webhook: target,
    patienceMs: z.int().min(0).max(60_000),
  })
  .partial()

/** "Apps and websites": `app` is the login it was connected by. */
export const removeAppBody = z.strictObject({
  account: z.string(),
  app: app.default('instagram'),
  /** "Send request", beside the removal. */
  requestDeletion: z.boolean().default(false),
})

export const signedRequestBody = z.strictObject({
  app: app.default('instagram'),
  account: z.string().optional(),
  /** Instead of an account: any id, `"0"` as the dashboard's test button. */
  userId: z.string().optional(),
  /** Instead of the app's own address. */
  url: z.url().optional(),
})

export const consentBody = z.strictObject({
  url: z.url(),
  allow: z.boolean().default(true),
  account: z.string().optional(),
  declined: z.array(z.string()).default([]),
  pages: z.array(z.string()).optional(),
})
