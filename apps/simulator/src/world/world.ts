import type { Fault } from './faults.ts'
import { seedWorld } from './seed.ts'
import type { Switches } from './switches.ts'
import { defaultSwitches } from './switches.ts'
import type { Thread } from './threads.ts'
import type { Code, Token } from './tokens.ts'

export type AppKind = 'instagram' | 'facebook'
export const appKinds = ['instagram', 'facebook'] as const

export type WebhookTarget = { callbackUrl: string; verifyToken: string }

/** One app as its owner sees it in Meta's dashboard. */
export type MetaApp = {
  kind: AppKind
  id: string
  secret: string
  name: string
  redirectUris: string[]
  loginConfigId: string | null
  /** Fields ticked for the object `instagram`. */
  fields: string[]
  webhook: WebhookTarget | null
  deauthorizeUrl: string | null
  dataDeletionUrl: string | null
}

export type Media = {
  id: string
  mediaType: 'IMAGE' | 'VIDEO' | 'CAROUSEL_ALBUM'
  productType: 'FEED' | 'REELS'
  caption: string
  shortcode: string
  hasCopyrightedAudio: boolean
  childIds: string[]
  postedAtMs: number
  likeCount: number
}

/** A professional account. `id` is `/me.user_id` and `entry[].id`; `appScopedId` is `/me.id`. */
export type Account = {
  key: string
  id: string
  appScopedId: string
  /** The account as it sees itself in a thread with itself. */
  selfIgsid: string
  username: string
  name: string
  biography: string
  accountType: 'Business' | 'Media_Creator'
  followersCount: number
  pageId: string | null
  /** Instagram settings: "allow access to messages" for connected tools. */
  allowsMessageAccess: boolean
  /** Has accepted the invitation as Instagram Tester of a development app. */
  isTester: boolean
  media: Media[]
  iceBreakers: unknown[]
  persistentMenu: unknown[]
}

export type Person = {
  key: string
  username: string
  name: string | null
  hasPicture: boolean
  followerCount: number
  /** Meta's app-review robot: reading its profile answers 9010. */
  isReviewBot: boolean
  /** By account key. */
  igsids: Record<string, string>
  blockedAccounts: string[]
}

export type Page = {
  id: string
  name: string
  category: string
  tasks: string[]
  instagram: { accountKey: string } | { id: string; username: string } | null
}

export type FacebookUser = { id: string; name: string }

/** A consent: which app may do what for whom. */
export type Grant = {
  app: AppKind
  holderKey: string
  scopes: string[]
  declined: string[]
  pageIds: string[]
  atMs: number
}

export type Subscription = { app: AppKind; accountKey: string; fields: string[] }

export type ApiCallRecord = {
  at: string
  atMs: number
  method: string
  host: string
  path: string
  version: string | null
  queryNames: string[]
  bodyNames: string[]
  account: string | null
  status: number | null
  code: number | null
  fault: string | null
}

/** All there is. A new one is made at every start and at every reset. */
export type World = {
  apps: Record<AppKind, MetaApp>
  accounts: Account[]
  people: Person[]
  pages: Page[]
  facebookUser: FacebookUser
  threads: Thread[]
  codes: Code[]
  tokens: Token[]
  grants: Grant[]
  subscriptions: Subscription[]
  uploads: { id: string; accountKey: string; type: string; url: string }[]
  switches: Switches
  faults: Fault[]
  calls: ApiCallRecord[]
  /** Times of recent calls by bucket, for the rate limits. */
  rates: Map<string, number[]>
}

export function createWorld(
  apps: Record<AppKind, MetaApp>,
  seed: 'demo' | 'none',
  nowMs: number,
): World {
  const people = seed === 'demo' ? seedWorld(nowMs) : undefined
  return {
    apps: structuredClone(apps),
    accounts: people?.accounts ?? [],
    people: people?.people ?? [],
    pages: people?.pages ?? [],
    facebookUser: { id: '10225678901234567', name: 'Rosa Ferreira' },
    threads: [],
    codes: [],
    tokens: [],
    grants: [],
    subscriptions: [],
    uploads: [],
    switches: defaultSwitches(),
    faults: [],
    calls: [],
    rates: new Map(),
  }
}
