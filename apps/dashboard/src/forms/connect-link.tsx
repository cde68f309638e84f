import { Button, Modal, TextInput } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import type { ConnectSession } from '@parley/contract/connect-session.ts'
import { exactTime } from '#ui/time.ts'
import './connect.css'

/** A link that carries a connection to somebody else's browser. It is shown once and kept nowhere. */
export function ConnectLink({
  session,
  onClose,
}: {
  session: ConnectSession
  onClose: () => void
}) {
  const clipboard = useClipboard({ timeout: 3000 })
  return (
    <Modal opened onClose={onClose} title="Connect link">
      <div className="connect-link">
        <p>
          Send it to whoever manages the Instagram account. It works once, until{' '}
          <time dateTime={session.expiresAt}>{exactTime(session.expiresAt)}</time>. You confirm the
          account here before it goes live.
        </p>
        <TextInput
          label="Link"
          readOnly
          value={session.url}
          data-autofocus
          onFocus={(event) => {
            event.currentTarget.select()
          }}
        />
        <div className="form-actions">
          <Button variant="default" onClick={onClose}>
            Done
          </Button>
          <Button
            onClick={() => {
              clipboard.copy(session.url)
            }}
          >
            {clipboard.copied ? 'Copied' : 'Copy'}
          </Button>
        </div>
        <p className="hidden-visually" role="status">
          {clipboard.copied ? 'Link copied' : ''}
        </p>
      </div>
    </Modal>
  )
}
