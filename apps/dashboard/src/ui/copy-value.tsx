import { ActionIcon } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { Fragment } from 'react'
import './copy-value.css'

/** A value somebody pastes elsewhere, character for character. One press copies it; a click into it selects it whole. */
export function CopyValue({ name, value }: { name: string; value: string }) {
  const clipboard = useClipboard({ timeout: 2000 })
  const label = clipboard.copied ? `${name} copied` : `Copy ${name}`
  return (
    <span className="copy-value">
      <code>
        {value.split(' ').map((word, at) => (
          <Fragment key={at}>
            {at === 0 ? '' : ' '}
            <span>{word}</span>
          </Fragment>
        ))}
      </code>
      <ActionIcon
        variant="subtle"
        color={clipboard.copied ? 'pine' : 'gray'}
        size="lg"
        aria-label={label}
        title={label}
        onClick={() => {
          clipboard.copy(value)
        }}
      >
        {clipboard.copied ? (
          <IconCheck size={18} stroke={1.75} aria-hidden="true" />
        ) : (
          <IconCopy size={18} stroke={1.75} aria-hidden="true" />
        )}
      </ActionIcon>
      <span className="hidden-visually" role="status">
        {clipboard.copied ? `${name} copied` : ''}
      </span>
    </span>
  )
}
