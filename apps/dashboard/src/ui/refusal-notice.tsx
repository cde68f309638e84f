import { Button } from '@mantine/core'
import { Notice } from './notice.tsx'

/** A refusal as a person reads it: what is so, what to do next, and the id to ask for in the log. */
export function RefusalNotice({
  title,
  hint,
  detail,
  requestId,
  onRetry,
}: {
  title: string
  hint: string
  detail?: string | undefined
  requestId?: string | undefined
  onRetry?: (() => void) | undefined
}) {
  return (
    <Notice
      tone="bad"
      title={title}
      action={
        onRetry === undefined ? undefined : (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )
      }
    >
      {detail === undefined ? null : <p>{detail}</p>}
      <p>{hint}</p>
      {requestId === undefined || requestId === '' ? null : (
        <p className="small soft">Request {requestId}</p>
      )}
    </Notice>
  )
}
