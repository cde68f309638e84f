import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { showVerifyToken } from '#api/settings-actions.ts'
import { asRefusal } from '#api/refusal.ts'
import { CopyValue } from '#ui/copy-value.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import './verify-token.css'

/** The verify token, hidden until somebody asks: that leaves a line in the audit log. */
export function VerifyToken() {
  const show = useMutation({ mutationFn: showVerifyToken, gcTime: 0 })
  if (show.error !== null) {
    return (
      <RefusalNotice
        {...asRefusal(show.error).problem}
        onRetry={() => {
          show.mutate()
        }}
      />
    )
  }
  return (
    <div className="verify-token">
      {show.data === undefined ? (
        <span className="verify-token-hidden" aria-label="Hidden" role="img">
          ••••••••••••
        </span>
      ) : (
        <CopyValue name="verify token" value={show.data.verifyToken} />
      )}
      <Button
        variant="subtle"
        size="compact-sm"
        loading={show.isPending}
        onClick={() => {
          if (show.data === undefined) show.mutate()
          else show.reset()
        }}
      >
        {show.data === undefined ? 'Show verify token' : 'Hide'}
      </Button>
    </div>
  )
}
