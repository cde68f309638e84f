/**
 * Does one thing again and again, a pause between, for as long as the process lives. What it throws is reported and
 * ends nothing. Disposing waits for the run in hand.
 */
export function repeat(
  pauseMs: number,
  work: () => Promise<unknown>,
  onError: (error: unknown) => void,
): AsyncDisposable {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  let stopped = false

  const run = async (): Promise<void> => {
    try {
      await work()
    } catch (error) {
      onError(error)
    }
    schedule()
  }
  const schedule = (): void => {
    if (stopped) return
    timer = setTimeout(() => {
      running = run()
    }, pauseMs)
  }
  schedule()
  return {
    async [Symbol.asyncDispose]() {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
