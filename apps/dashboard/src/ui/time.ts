const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'short' })
const dayMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
const longDay = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
})
const whole = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

/** Whole days between two moments as a calendar counts them: yesterday evening is one day ago. */
function daysBetween(earlierMs: number, laterMs: number): number {
  const midnight = (ms: number): number => new Date(ms).setHours(0, 0, 0, 0)
  return Math.round((midnight(laterMs) - midnight(earlierMs)) / DAY_MS)
}

/** `14:32` */
export const clockTime = (iso: string): string => clock.format(new Date(iso))

/** `20 Nov 2026` */
export const calendarDate = (iso: string): string => date.format(new Date(iso))

/** `20 Nov 2026, 14:32:07`, for titles. */
export const exactTime = (iso: string): string => whole.format(new Date(iso))

/** As short as a list row needs it: `now`, `5 min`, `3 h`, `Yesterday`, `Tue`, `12 Nov`, `12 Nov 2025`. */
export function shortAge(iso: string, nowMs: number): string {
  const atMs = new Date(iso).getTime()
  const ageMs = nowMs - atMs
  if (ageMs < MINUTE_MS) return 'now'
  if (ageMs < HOUR_MS) return `${Math.floor(ageMs / MINUTE_MS)} min`
  const days = daysBetween(atMs, nowMs)
  if (days === 0 || ageMs < 6 * HOUR_MS) return `${Math.floor(ageMs / HOUR_MS)} h`
  if (days === 1) return 'Yesterday'
  if (days < 7) return weekday.format(atMs)
  return new Date(atMs).getFullYear() === new Date(nowMs).getFullYear()
    ? dayMonth.format(atMs)
    : date.format(atMs)
}

/** In a sentence: `just now`, `5 minutes ago`, `3 hours ago`, `yesterday`, `on 12 Nov 2026`. */
export function ago(iso: string, nowMs: number): string {
  const atMs = new Date(iso).getTime()
  const ageMs = nowMs - atMs
  if (ageMs < MINUTE_MS) return 'just now'
  if (ageMs < HOUR_MS) return `${count(Math.floor(ageMs / MINUTE_MS), 'minute')} ago`
  if (ageMs < DAY_MS) return `${count(Math.floor(ageMs / HOUR_MS), 'hour')} ago`
  const days = daysBetween(atMs, nowMs)
  if (days <= 1) return 'yesterday'
  if (days < 30) return `${days} days ago`
  return `on ${date.format(atMs)}`
}

/** What is left: `less than a minute`, `40 min`, `23 h 40 min`, and from two days on `6 d 4 h`. */
export function remaining(ms: number): string {
  if (ms < MINUTE_MS) return 'less than a minute'
  if (ms >= 2 * DAY_MS) {
    const hours = Math.floor((ms % DAY_MS) / HOUR_MS)
    return `${Math.floor(ms / DAY_MS)} d${hours === 0 ? '' : ` ${hours} h`}`
  }
  const hours = Math.floor(ms / HOUR_MS)
  const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS)
  if (hours === 0) return `${minutes} min`
  return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`
}

/** Head of a day in a thread: `Today`, `Yesterday`, `Tuesday 17 November`. */
export function dayName(iso: string, nowMs: number): string {
  const atMs = new Date(iso).getTime()
  const days = daysBetween(atMs, nowMs)
  if (days === 0) return 'Today'
  if (days === 1) return 'Yesterday'
  const isThisYear = new Date(atMs).getFullYear() === new Date(nowMs).getFullYear()
  return isThisYear ? longDay.format(atMs) : date.format(atMs)
}

/** Equal for two moments of one local day. */
export const dayKey = (iso: string): number => new Date(iso).setHours(0, 0, 0, 0)

/** `1 minute`, `2 minutes` */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

/** `512 B`, `1.4 kB` */
export const byteSize = (bytes: number): string =>
  bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`
