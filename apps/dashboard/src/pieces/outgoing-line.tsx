import { Button } from '@mantine/core'
import { LinkedText } from '#ui/linked-text.tsx'
import './message-line.css'

/** A reply between the composer and the server's answer; a refused one keeps its words and says why. */
export function OutgoingLine({
  text,
  refusal,
  onRetry,
  onDiscard,
}: {
  text: string
  refusal: { title: string; hint: string } | undefined
  onRetry: () => void
  onDiscard: () => void
}) {
  return (
    <li
      className="line"
      data-author="operator"
      data-direction="outbound"
      data-status={refusal === undefined ? 'sending' : 'failed'}
      aria-label="Operator, not sent yet"
    >
      <p className="line-author">Operator</p>
      <p className="bubble" dir="auto">
        <LinkedText text={text} />
      </p>
      {refusal === undefined ? (
        <p className="line-meta">Sending…</p>
      ) : (
        <>
          <p className="line-failure" role="alert">
            <strong>{refusal.title}.</strong> {refusal.hint}
          </p>
          <div className="line-actions">
            <Button size="compact-xs" variant="default" onClick={onRetry}>
              Try again
            </Button>
            <Button size="compact-xs" variant="subtle" color="gray" onClick={onDiscard}>
              Discard
            </Button>
          </div>
        </>
      )}
    </li>
  )
}
