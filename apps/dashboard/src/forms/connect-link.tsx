import { Button, TextInput } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import type { ConnectSession } from '@parley/contract/connect-session.ts'
import { exactTime } from '#ui/time.ts'
import './form.css'

/** A link that carries a connection to somebody else's browser. It is shown once and kept nowhere. */
export function ConnectLink({ session, onDone }: { session: ConnectSession; onDone: () => void }) {
  const clipboard = useClipboard({ timeout: 3000 })
  return (
    <div className="form">
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
      {clipboard.error === null ? null : (
        <p className="small soft">
          This browser did not copy it: select the link and copy it by hand.
        </p>
      )}
      <div className="form-actions">
        <Button variant="default" onClick={onDone}>
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
  )
}
