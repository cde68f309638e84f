import type { Box } from '#box.ts'
import type { Attachment } from '#world/threads.ts'
import type { Account } from '#world/world.ts'
import { refusal } from './refusals.ts'

const MEGABYTE = 1024 * 1024
const BYTES_MAX: Record<string, number> = {
  image: 8 * MEGABYTE,
  audio: 25 * MEGABYTE,
  video: 25 * MEGABYTE,
  file: 25 * MEGABYTE,
}
const TYPES: Record<string, RegExp> = {
  image: /^image\//,
  audio: /^(audio\/|video\/mp4)/,
  video: /^(video\/|application\/ogg)/,
  file: /^application\/pdf/,
}
const FETCH_TIMEOUT_MS = 5000
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Does what Meta does with attachments before a send is accepted. Addresses on this machine are
 * really fetched; others are believed, but for hosts under `.invalid`, which always fail.
 */
export async function fetchMedia(
  box: Box,
  account: Account,
  attachments: Attachment[],
): Promise<void> {
  for (const attachment of attachments) {
    const { url, attachment_id: uploadId, id } = attachment.payload ?? {}
    if (typeof uploadId === 'string') checkUpload(box, account, uploadId)
    else if (attachment.type === 'MEDIA_SHARE') checkOwnMedia(account, id)
    else if (typeof url === 'string') await checkUrl(box, attachment.type, new URL(url))
  }
}

function checkUpload(box: Box, account: Account, id: string): void {
  const isOwn = box.world.uploads.some(
    (upload) => upload.id === id && upload.accountKey === account.key,
  )
  if (!isOwn) throw refusal(100, { subcode: 2018074 })
}

function checkOwnMedia(account: Account, id: unknown): void {
  if (!account.media.some((media) => media.id === id)) throw refusal(100, { subcode: 2018074 })
}

async function checkUrl(box: Box, type: string, url: URL): Promise<void> {
  if (url.hostname.endsWith('.invalid')) throw refusal(100, { subcode: 2018008 })
  if (box.world.switches.fetchMedia === 'never' || !LOOPBACK.has(url.hostname)) return
  const answer = await box.network
    .request('GET', url.href, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) })
    .catch((error: unknown) => {
      const isSlow = error instanceof Error && error.name === 'TimeoutError'
      throw refusal(100, { subcode: isSlow ? 2018294 : 2018008 })
    })
  if (answer.status !== 200) throw refusal(100, { subcode: 2018008 })
  if (!TYPES[type]?.test(answer.headers.get('content-type') ?? '')) {
    throw refusal(100, { subcode: 2018047 })
  }
  if (Number(answer.headers.get('content-length') ?? 0) > (BYTES_MAX[type] ?? 0)) {
    throw refusal(100, { subcode: 2018109 })
  }
}
