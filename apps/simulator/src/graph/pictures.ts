import type { Box } from '#box.ts'

/** CDN addresses die; lifetime of pictures is "some days", of media "hours to days". */
const PICTURE_MS = 3 * 24 * 3_600_000

/** A signed-looking address which the simulator serves until `oe` (hex seconds) has passed. */
export function pictureUrl(box: Box, path: string): string {
  const expiresAt = Math.floor((box.clock.now() + PICTURE_MS) / 1000)
  return `${box.url}/cdn/${path}?oe=${expiresAt.toString(16)}`
}
