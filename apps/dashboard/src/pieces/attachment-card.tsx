import {
  IconExternalLink,
  IconFile,
  IconLink,
  IconMicrophone,
  IconPhoto,
  IconPhotoOff,
  IconVideo,
} from '@tabler/icons-react'
import { useState } from 'react'
import type { Attachment } from '@parley/contract/message.ts'
import { isWebAddress } from '#ui/link-text.ts'
import { attachmentName } from './words.ts'
import './attachment-card.css'

const icons: Readonly<Record<string, typeof IconFile>> = {
  image: IconPhoto,
  video: IconVideo,
  audio: IconMicrophone,
  file: IconFile,
}

/** What came with a line, as what it is: a picture is shown, everything else is named and can be opened. */
export function AttachmentCard({ attachment }: { attachment: Attachment }) {
  const { type, url, state } = attachment
  const [hasFailed, setHasFailed] = useState(false)
  const name = attachmentName(attachment)
  const isGone = state !== 'available' || url === null || !isWebAddress(url) || hasFailed
  if (type === 'image' && !isGone) {
    return (
      <a className="picture" href={url} target="_blank" rel="noopener noreferrer">
        <img
          src={url}
          alt={`${name}, opens in a new tab`}
          width={260}
          height={195}
          loading="lazy"
          referrerPolicy="no-referrer"
          onError={() => {
            setHasFailed(true)
          }}
        />
      </a>
    )
  }
  const Icon = isGone ? IconPhotoOff : (icons[type] ?? IconLink)
  return (
    <div className="attachment">
      <Icon size={22} stroke={1.6} aria-hidden="true" />
      <span className="attachment-text">
        <span className="attachment-name">{name}</span>
        {isGone ? (
          <span className="small soft">
            {state === 'expired' ? 'Expired' : 'No longer available'}
          </span>
        ) : null}
      </span>
      {isGone ? null : (
        <a href={url} target="_blank" rel="noopener noreferrer" aria-label={`Open: ${name}`}>
          Open <IconExternalLink size={14} aria-hidden="true" />
        </a>
      )}
    </div>
  )
}

/** A story lives a day: after it, there is nothing to open. */
export function StoryCard({ label, url }: { label: string; url: string | null }) {
  const isGone = url === null || !isWebAddress(url)
  return (
    <div className="attachment">
      <span className="attachment-story" data-expired={isGone || undefined} />
      <span className="attachment-text">
        <span className="attachment-name">{label}</span>
        {isGone ? <span className="small soft">The story has expired</span> : null}
      </span>
      {isGone ? null : (
        <a href={url} target="_blank" rel="noopener noreferrer" aria-label="Open story">
          Open <IconExternalLink size={14} aria-hidden="true" />
        </a>
      )}
    </div>
  )
}
