import { ago, exactTime, shortAge } from './time.ts'
import { useNow } from './use-now.ts'

/** A moment, told by its age; the exact time is in its title. */
export function Moment({ at, form = 'ago' }: { at: string; form?: 'ago' | 'short' }) {
  const nowMs = useNow()
  return (
    <time dateTime={at} title={exactTime(at)}>
      {form === 'short' ? shortAge(at, nowMs) : ago(at, nowMs)}
    </time>
  )
}
