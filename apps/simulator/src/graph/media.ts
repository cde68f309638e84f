import type { Box } from '#box.ts'
import type { Account, Media } from '#world/world.ts'
import { loadActor } from './actor.ts'
import type { GraphCall, GraphRoute } from './graph-call.ts'
import { isoTime } from './iso-time.ts'
import { pageOf } from './paging.ts'
import { findText, parseFields, pick } from './params.ts'
import type { FieldTree } from './params.ts'
import { pictureUrl } from './pictures.ts'

const PAGE = { limitDefault: 25, limitMax: 100 }

/** The list only; comments and publishing are not here. */
export function mediaRoutes(box: Box): GraphRoute[] {
  return [
    {
      method: 'GET',
      path: '/:node/media',
      run(call) {
        const { account } = loadActor(box, call, 'basic')
        return listMedia(box, call, account)
      },
    },
  ]
}

export function listMedia(box: Box, call: GraphCall, account: Account): unknown {
  const fields = parseFields(findText(call.params, 'fields') ?? 'id')
  const { data, ...paging } = pageOf(box, call, account.media, PAGE)
  return { data: data.map((media) => mediaFields(box, account, media, fields)), ...paging }
}

/** `/{media-id}`; undefined when the account has no such media. */
export function readMediaNode(box: Box, call: GraphCall, account: Account, id: string): unknown {
  const media = account.media.find((candidate) => candidate.id === id)
  if (!media) return undefined
  const fields = parseFields(findText(call.params, 'fields') ?? 'id')
  return mediaFields(box, account, media, fields)
}

/** A reel reads VIDEO, with copyrighted audio it has no `media_url`; addresses expire. */
function mediaFields(box: Box, account: Account, media: Media, fields: FieldTree) {
  const url = pictureUrl(box, `media/${media.id}.png`)
  const children = fields.get('children')
  return pick(fields, {
    id: media.id,
    media_type: media.mediaType,
    media_product_type: media.productType,
    caption: media.caption,
    permalink: `https://www.instagram.com/p/${media.shortcode}/`,
    shortcode: media.shortcode,
    timestamp: isoTime(media.postedAtMs),
    media_url: media.hasCopyrightedAudio ? undefined : url,
    thumbnail_url: media.mediaType === 'VIDEO' ? url : undefined,
    like_count: media.likeCount,
    comments_count: 0,
    is_comment_enabled: true,
    username: account.username,
    owner: { id: account.id },
    children:
      children && media.childIds.length > 0
        ? { data: media.childIds.map((id) => child(box, id, children.fields)) }
        : undefined,
  })
}

const child = (box: Box, id: string, fields: FieldTree) =>
  pick(fields, { id, media_type: 'IMAGE', media_url: pictureUrl(box, `media/${id}.png`) })
