import { Button } from '@mantine/core'
import type { Connection } from '@parley/contract/connection.ts'
import { Notice } from '#ui/notice.tsx'
import { accountName, isToConfirm } from './connection-words.ts'
import { explain } from './words.ts'

/** How the trip to Instagram ended, as the return address tells it. */
export function ReturnNotice({
  connected,
  error,
  connection,
  onClose,
}: {
  connected: '0' | '1' | undefined
  error: string | undefined
  connection: Connection | undefined
  onClose: () => void
}) {
  const close = (
    <Button size="xs" variant="default" onClick={onClose}>
      Dismiss
    </Button>
  )
  if (connected === '0') {
    const words = explain(error ?? '') ?? {
      title: 'The account was not connected',
      hint: 'Press Connect Instagram to start again; nothing was changed.',
    }
    return (
      <Notice tone="bad" title={words.title} action={close}>
        <p>{words.hint}</p>
      </Notice>
    )
  }
  if (connected !== '1' || connection === undefined) return null
  if (isToConfirm(connection)) {
    return (
      <Notice tone="info" title={`${accountName(connection)} is almost there`} action={close}>
        <p>Look at the account below and confirm that it is the right one.</p>
      </Notice>
    )
  }
  return (
    <Notice tone="good" title={`${accountName(connection)} is live`} action={close}>
      <p>
        The self-test below shows what works. Write to the account from a phone to see it arrive.
      </p>
    </Notice>
  )
}
