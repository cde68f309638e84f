import type { Box } from '#box.ts'
import type { Account } from '#world/world.ts'
import { pictureUrl } from './pictures.ts'

/** Everything either host tells about a professional account, `id` apart. */
export function accountFields(box: Box, account: Account): Record<string, unknown> {
  return {
    username: account.username,
    name: account.name,
    account_type: account.accountType,
    biography: account.biography,
    website: `https://${account.key.replace('.', '-')}.example`,
    profile_picture_url: pictureUrl(box, `accounts/${account.key}.svg`),
    followers_count: account.followersCount,
    follows_count: 181,
    media_count: account.media.length,
  }
}
