import type { World } from './world.ts'

/** Above the seed's, and no double holds them either. */
const FIRST_ACCOUNT = 17_841_400_000_100_001n
const FIRST_SCOPED = 28_978_671_838_500_001n
const FIRST_PAGE = 134_895_793_800_001n
const FIRST_IGSID = 10_150_038_480_000_001n
const TASKS = ['ANALYZE', 'MESSAGING', 'MODERATE', 'CREATE_CONTENT', 'MANAGE']

/**
 * More businesses than the seed's three, for products that keep many. Plain ones: no media. Rosa Ferreira manages their
 * pages.
 *
 * @returns their keys, and their pages' ids where they have one.
 */
export function addAccounts(
  world: World,
  { count, behindPages }: { count: number; behindPages: boolean },
): { key: string; pageId: string | null }[] {
  const before = world.accounts.length
  return Array.from({ length: count }, (_, index) => {
    const n = BigInt(before + index)
    const key = `shop.${before + index}`
    const pageId = behindPages ? String(FIRST_PAGE + n) : null
    world.accounts.push({
      key,
      id: String(FIRST_ACCOUNT + n * 2n),
      appScopedId: String(FIRST_SCOPED + n * 2n),
      selfIgsid: String(FIRST_IGSID + n * 1000n),
      username: key,
      name: `Shop ${before + index}`,
      biography: '',
      accountType: 'Business',
      followersCount: 1,
      pageId,
      allowsMessageAccess: true,
      isTester: true,
      media: [],
      iceBreakers: [],
      persistentMenu: [],
    })
    for (const [person, one] of world.people.entries()) {
      one.igsids[key] = String(FIRST_IGSID + n * 1000n + BigInt(person + 1) * 2n)
    }
    if (pageId !== null) {
      const name = `Shop ${before + index}`
      world.pages.push({
        id: pageId,
        name,
        category: 'Shop',
        tasks: TASKS,
        instagram: { accountKey: key },
      })
    }
    return { key, pageId }
  })
}
