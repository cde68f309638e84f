import { useRouter } from '@tanstack/react-router'
import type { ErrorComponentProps } from '@tanstack/react-router'
import { asRefusal } from '#api/refusal.ts'
import { RefusalNotice } from '#ui/refusal-notice.tsx'

/** What could not be shown at all. */
export function Trouble({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  const { problem } = asRefusal(error)
  return (
    <main className="alone">
      <title>Trouble · Parley</title>
      <RefusalNotice
        title={problem.title}
        hint={problem.hint}
        detail={problem.detail}
        requestId={problem.requestId}
        onRetry={() => {
          reset()
          void router.invalidate()
        }}
      />
    </main>
  )
}
