import type { Delivery, DeliveryState, EventOutcome } from '@parley/contract/delivery.ts'
import type { Tone } from '#ui/tag.tsx'
import { sentence, spaced } from './words.ts'

export const deliveryWords: Readonly<Record<DeliveryState, { word: string; tone: Tone }>> = {
  stored: { word: 'Stored', tone: 'blue' },
  processed: { word: 'Processed', tone: 'good' },
  partly_understood: { word: 'Partly understood', tone: 'warn' },
  not_understood: { word: 'Not understood', tone: 'bad' },
}

export const outcomeWords: Readonly<Record<EventOutcome, { word: string; tone: Tone }>> = {
  stored: { word: 'Stored', tone: 'good' },
  duplicate: { word: 'Duplicate', tone: 'plain' },
  unknown_account: { word: 'Unknown account', tone: 'warn' },
  not_understood: { word: 'Not understood', tone: 'bad' },
  test: { word: 'Test', tone: 'blue' },
  ignored: { word: 'Ignored', tone: 'plain' },
}

/** `2 × message stored, read duplicate` */
export function summary(events: Delivery['events']): string {
  if (events.length === 0) return 'No events read yet'
  const counts = new Map<string, number>()
  for (const { kind, outcome } of events) {
    const word = outcomeWords[outcome].word.toLowerCase()
    const text = kind === 'unknown' ? word : `${spaced(kind)} ${word}`
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return sentence(Array.from(counts, ([text, n]) => (n === 1 ? text : `${n} × ${text}`)).join(', '))
}
