import type { Io } from './io.ts'

/** How far a long work is. `what` is in hand now. */
export type Progress = { readonly done: number; readonly total: number; readonly what: string }

const BAR_CHARS = 24

/**
 * A bar where somebody looks on; else a line every ten percent; with `json` an object each of those times.
 *
 * @returns `end` clears the bar away.
 */
export function sayProgress(
  { print, progress }: Pick<Io, 'print' | 'progress'>,
  json: boolean,
): { tell: (step: string, at: Progress) => void; end: () => void } {
  let told = ''
  const tell = (step: string, { done, total, what }: Progress): void => {
    const percent = total === 0 ? 100 : Math.floor((100 * Math.min(done, total)) / total)
    const isBar = progress !== undefined && !json
    const shown = isBar ? percent : percent - (percent % 10)
    if (told === `${step} ${shown} ${isBar ? what : ''}`) return
    told = `${step} ${shown} ${isBar ? what : ''}`
    if (json) print(JSON.stringify({ progress: { step, percent: shown } }))
    else if (isBar) progress(`${step} ${bar(percent)} ${percent} % ${what}`)
    else print(`${step}: ${shown} %`)
  }
  return { tell, end: () => (json ? undefined : progress?.('')) }
}

function bar(percent: number): string {
  const full = Math.floor((BAR_CHARS * percent) / 100)
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_CHARS - full)}]`
}
