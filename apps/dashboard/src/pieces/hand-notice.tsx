import type { Conversation } from '@parley/contract/conversation.ts'
import { Notice } from '#ui/notice.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import { ago, clockTime } from '#ui/time.ts'
import { useNow } from '#ui/use-now.ts'
import { explain, humanReason, sentence } from './words.ts'
import './hand-notice.css'

/** Why the automation is silent here: parked, in a person's hands, or closed. */
export function HandNotice({
  conversation,
  refusal,
}: {
  conversation: Conversation
  /** What the last press of a button was refused with. */
  refusal: { title: string; hint: string; detail?: string | undefined } | undefined
}) {
  const nowMs = useNow()
  const { parked, reason, status, pausedUntil } = conversation
  const stopped =
    parked === null
      ? undefined
      : (explain(parked.code) ?? {
          title: sentence(parked.code),
          hint: 'Press Resume to try again.',
        })
  const human = status === 'human' && reason !== null ? humanReason(reason) : undefined
  if (refusal === undefined && stopped === undefined && human === undefined) return <div />
  return (
    <div className="hand">
      {refusal === undefined ? null : (
        <RefusalNotice title={refusal.title} hint={refusal.hint} detail={refusal.detail} />
      )}
      {parked === null || stopped === undefined ? null : (
        <Notice tone="warn" title={`Parked ${ago(parked.since, nowMs)}: ${stopped.title}`}>
          <p>{stopped.hint}</p>
        </Notice>
      )}
      {human === undefined ? null : (
        <p className="hand-reason">
          {human.title} {human.hint}{' '}
          {pausedUntil === null
            ? 'The automation is paused until you resume it.'
            : `The automation goes on by itself at ${clockTime(pausedUntil)}.`}
        </p>
      )}
    </div>
  )
}
