import { Button } from '@mantine/core'
import { Notice } from './notice.tsx'

/**
 * A refusal as a person reads it: what is so, what to do next, and the id to ask for in the log. A page of
 * what is not there does not come by asking again, and its hint is for programs.
 */
export function RefusalNotice({
  status,
  title,
  hint,
  detail,
  requestId,
  onRetry,
}: {
  status?: number | undefined
  title: string
  hint: string
  detail?: string | undefined
  requestId?: string | undefined
  onRetry?: (() => void) | undefined
}) {
  const isMissing = status === 404 && onRetry !== undefined
  return (
    <Notice
      tone="bad"
      title={title}
      action={
        onRetry === undefined || isMissing ? undefined : (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )
      }
    >
      {detail === undefined ? null : <p>{detail}</p>}
      <p>{isMissing ? 'It may be gone, or the address is not whole.' : hint}</p>
      {requestId === undefined || requestId === '' ? null : (
        <p className="small soft">Request {requestId}</p>
      )}
    </Notice>
  )
}
