import type { Account, Media, Page, Person } from './world.ts'

/*
 * Ids are chosen to hurt: 17 digits, above 2^53 and not representable as a double, so that a client
 * which parses one as a number sees another account.
 */
const ACCOUNTS = [
  {
    key: 'lumen.chiro',
    id: '17841400000000101',
    appScopedId: '28978671838402973',
    name: 'Lumen Chiropractic',
    biography: 'Backs, necks and better mornings. Mon to Fri, 8 to 18.',
    accountType: 'Business',
    followersCount: 2431,
    pageId: null,
  },
  {
    key: 'casa.verde',
    id: '17841400000000203',
    appScopedId: '28978671838402975',
    name: 'Casa Verde',
    biography: 'Plants, pots and the patience they need.',
    accountType: 'Business',
    followersCount: 18_204,
    pageId: '134895793791901',
  },
  {
    key: 'studio.nia',
    id: '17841400000000305',
    appScopedId: '28978671838402977',
    name: 'Studio Nia',
    biography: 'Ceramics made slowly. New pieces every first Friday.',
    accountType: 'Media_Creator',
    followersCount: 96_570,
    pageId: '134895793791905',
  },
] as const

const PEOPLE = [
  { key: 'ana', username: 'ana.ribeiro', name: 'Ana Ribeiro', followerCount: 312 },
  { key: 'jonas', username: 'jonas_weiss', name: 'Jonas Weiß', followerCount: 87 },
  { key: 'zoe', username: 'zoe.draws', name: 'Zoë Çelik 🌸', followerCount: 5410 },
  { key: 'mika', username: 'mika_0417', name: null, followerCount: 4 },
  { key: 'review-bot', username: 'app_review_robot', name: 'Review robot', followerCount: 0 },
] as const

const TASKS = ['ANALYZE', 'ADVERTISE', 'MESSAGING', 'MODERATE', 'CREATE_CONTENT', 'MANAGE']

const PAGES: Page[] = [
  page('134895793791901', 'Casa Verde', 'Garden centre', TASKS, { accountKey: 'casa.verde' }),
  page('134895793791902', 'Jardim da Rosa', 'Blog', TASKS, null),
  page('134895793791903', 'Feira de Sábado', 'Event', ['ANALYZE', 'ADVERTISE', 'CREATE_CONTENT'], {
    id: '17841400000000407',
    username: 'feira.de.sabado',
  }),
  page('134895793791904', 'Rosa cooks', 'Kitchen', TASKS, null),
  page('134895793791905', 'Studio Nia', 'Artist', ['PROFILE_PLUS_FULL_CONTROL'], {
    accountKey: 'studio.nia',
  }),
  page('134895793791906', 'Old workshop (closed)', 'Local business', TASKS, null),
]

function page(
  id: string,
  name: string,
  category: string,
  tasks: string[],
  instagram: Page['instagram'],
): Page {
  return { id, name, category, tasks, instagram }
}

/** Three businesses, two of them behind pages, and five people who may write to any of them. */
export function seedWorld(nowMs: number): { accounts: Account[]; people: Person[]; pages: Page[] } {
  return {
    accounts: ACCOUNTS.map((account, index) => ({
      ...account,
      username: account.key,
      selfIgsid: igsid(90, index),
      allowsMessageAccess: true,
      isTester: true,
      media: seedMedia(account.key, index, nowMs),
      iceBreakers: [],
      persistentMenu: [],
    })),
    people: PEOPLE.map((person, personIndex) => ({
      ...person,
      hasPicture: person.name !== null,
      isReviewBot: person.key === 'review-bot',
      igsids: Object.fromEntries(
        ACCOUNTS.map((account, index) => [account.key, igsid(personIndex, index)]),
      ),
      blockedAccounts: [],
    })),
    pages: structuredClone(PAGES),
  }
}

/** A person has another id towards every account. Odd and above 2^53, like the accounts' own. */
function igsid(personIndex: number, accountIndex: number): string {
  const spread = BigInt(personIndex) * 104_730n + BigInt(accountIndex) * 1_000_002n
  return String(10_150_038_471_920_001n + spread)
}

const CAPTIONS = ['Monday light ☀️', 'Behind the scenes', 'New in', 'Thank you all 💚', 'Open late']

function seedMedia(accountKey: string, accountIndex: number, nowMs: number): Media[] {
  return Array.from({ length: 30 }, (_, index) => {
    const isReel = index % 7 === 3
    const isAlbum = index % 5 === 1
    const id = String(17_900_000_000_000_001n + BigInt(accountIndex * 10_000 + index * 10))
    return {
      id,
      mediaType: isReel ? 'VIDEO' : isAlbum ? 'CAROUSEL_ALBUM' : 'IMAGE',
      productType: isReel ? 'REELS' : 'FEED',
      caption: `${CAPTIONS[index % CAPTIONS.length]} · ${accountKey}`,
      shortcode: `S${accountIndex}M${String(index).padStart(3, '0')}`,
      hasCopyrightedAudio: isReel && index % 2 === 1,
      childIds: isAlbum ? [1, 2, 3].map((child) => String(BigInt(id) + BigInt(child))) : [],
      postedAtMs: nowMs - (index + 1) * 26 * 3_600_000,
      likeCount: 240 - index * 7,
    } satisfies Media
  })
}
