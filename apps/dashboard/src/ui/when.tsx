import { Moment } from './moment.tsx'
import { clockTime } from './time.ts'
import './rows.css'

/** First column of a row: the clock, and how long ago that was. */
export function When({ at }: { at: string }) {
  return (
    <span className="rows-when">
      <span className="rows-clock">{clockTime(at)}</span>
      <Moment at={at} form="short" />
    </span>
  )
}
