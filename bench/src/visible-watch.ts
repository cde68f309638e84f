import { get } from 'node:http'
import { lineNumber, tokensIn } from '#line.ts'
import type { LinePlan } from '#line.ts'

export type VisibleWatch = {
  /** Calls back once: when an answer with this line's token is visible, or after the time given up on. */
  onVisible(line: number, done: () => void): void
  close(): void
}

/** Follows the stand-in's stream of tokens as they become visible. */
export async function watchVisible(
  plan: LinePlan,
  options: { readonly visibleAt: string; readonly giveUpMs: number },
): Promise<VisibleWatch> {
  const waiting = new Map<number, { done: () => void; timer: NodeJS.Timeout }>()
  const seen = new Set<number>()
  let rest = ''
  const hear = (chunk: string): void => {
    const text = rest + chunk
    const end = text.lastIndexOf('\n')
    rest = text.slice(end + 1)
    for (const token of tokensIn(text.slice(0, Math.max(end, 0)))) {
      if (!token.startsWith(plan.run)) continue
      const n = lineNumber(token)
      const waiter = waiting.get(n)
      if (waiter === undefined) {
        seen.add(n)
        continue
      }
      waiting.delete(n)
      clearTimeout(waiter.timer)
      waiter.done()
    }
  }
  return await new Promise((resolve, reject) => {
    const request = get(options.visibleAt, { agent: false }, (response) => {
      response.setEncoding('latin1').on('data', hear)
      resolve({
        onVisible(line, done) {
          if (seen.delete(line)) {
            setImmediate(done)
            return
          }
          const giveUp = (): void => {
            waiting.delete(line)
            done()
          }
          waiting.set(line, { done, timer: setTimeout(giveUp, options.giveUpMs) })
        },
        close() {
          request.destroy()
        },
      })
    })
    request.on('error', reject)
  })
}
