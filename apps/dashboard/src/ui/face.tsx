import { IconUser } from '@tabler/icons-react'
import { useState } from 'react'
import './face.css'

const TINTS = 6

/**
 * First letters of up to two words; emoji and marks are skipped.
 *
 * @internal exported for its test
 */
export function initials(name: string): string {
  const words = name
    .replace(/^@/, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
  return words
    .slice(0, 2)
    .map((word) => (/^./u.exec(word)?.[0] ?? '').toUpperCase())
    .join('')
}

function tintOf(text: string): number {
  let sum = 0
  for (const char of text) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 9973
  return sum % TINTS
}

/** A picture, or the initials when there is none or it does not load. Decoration: the name stands beside it. */
export function Face({
  name,
  pictureUrl = null,
  size = 40,
}: {
  name: string
  pictureUrl?: string | null
  size?: number
}) {
  const [failedUrl, setFailedUrl] = useState<string | null>(null)
  const isShown = pictureUrl !== null && pictureUrl !== failedUrl
  return (
    <span
      className="face"
      data-tint={tintOf(name)}
      style={{ width: size, height: size, fontSize: size * 0.36 }}
      aria-hidden="true"
    >
      {isShown ? (
        <img
          src={pictureUrl}
          alt=""
          width={size}
          height={size}
          referrerPolicy="no-referrer"
          onError={() => {
            setFailedUrl(pictureUrl)
          }}
        />
      ) : (
        initials(name) || <IconUser size={size * 0.5} stroke={1.75} />
      )}
    </span>
  )
}
