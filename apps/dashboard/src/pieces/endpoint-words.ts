import type { HostEndpoint } from '@parley/contract/host-endpoint.ts'
import type { HostEvent } from '@parley/contract/host-event.ts'
import type { Tone } from '#ui/tag.tsx'
import { count } from '#ui/time.ts'

const disabledWords: Readonly<Record<NonNullable<HostEndpoint['disabledReason']>, string>> = {
  by_hand: 'Disabled by hand.',
  gone: 'It answered 410: nobody listens there any more.',
  failing: 'It failed for three days.',
  secret_lost: 'Its secret can no longer be read. Make a new one.',
}

/** How an endpoint is: a word, and a sentence when it needs one. */
export function endpointState({
  state,
  disabledReason,
  failingSince,
}: Pick<HostEndpoint, 'state' | 'disabledReason' | 'failingSince'>): {
  word: string
  tone: Tone
  why: string | undefined
} {
  if (state === 'disabled') {
    const tone = disabledReason === 'by_hand' ? 'plain' : 'bad'
    const why = disabledReason === null ? undefined : disabledWords[disabledReason]
    return { word: 'Disabled', tone, why }
  }
  return failingSince === null
    ? { word: 'Active', tone: 'good', why: undefined }
    : {
        word: 'Failing',
        tone: 'warn',
        why: 'It does not take what it is sent. After three days it is disabled.',
      }
}

/** `Every event`, `connection.created`, `3 kinds of events` */
export function eventsWords(events: HostEndpoint['events']): string {
  if (events === null) return 'Every event'
  const [only] = events
  return events.length === 1 && only !== undefined
    ? only
    : count(events.length, 'kind') + ' of events'
}

type Telling = HostEvent['deliveries'][number]

export const tellingWords: Readonly<Record<Telling['state'], { word: string; tone: Tone }>> = {
  pending: { word: 'Waiting', tone: 'blue' },
  delivered: { word: 'Delivered', tone: 'good' },
  failed: { word: 'Failed', tone: 'bad' },
}

/** `Answered 200 at the first attempt`, `4 attempts, the last one: timeout` */
export function tellingSentence({ attempts, lastResult }: Telling): string {
  if (attempts === 0 || lastResult === null) return 'Not tried yet'
  const result = /^\d+$/.test(lastResult)
    ? `answered ${lastResult}`
    : lastResult.replaceAll('_', ' ')
  return attempts === 1
    ? `First attempt: ${result}`
    : `${count(attempts, 'attempt')}, the last one: ${result}`
}
