import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { Figure, Metrics } from './metrics.ts'

/** The delay is measured by a timer of this period, and contains it. */
const RESOLUTION_MS = 20
const NS_PER_MS = 1_000_000

const HELP = {
  process_cpu_seconds_total: 'Processor time used, user and system',
  process_resident_memory_bytes: 'Memory this process holds',
  process_start_time_seconds: 'When the process began, in Unix time',
  process_open_fds: 'Open files and sockets; only where the system tells',
  nodejs_heap_size_used_bytes: 'JavaScript objects in memory',
  nodejs_heap_size_total_bytes: 'Memory kept for JavaScript objects',
  nodejs_external_memory_bytes: 'Memory of buffers outside the JavaScript heap',
  nodejs_eventloop_lag_p50_seconds: 'How late timers fire since the last reading, the middle one',
  nodejs_eventloop_lag_p99_seconds: 'How late timers fire since the last reading, one of a hundred',
  nodejs_eventloop_lag_max_seconds: 'How late timers fire since the last reading, the latest',
  nodejs_eventloop_utilization_ratio:
    'Share of its time the process was busy, since the last reading',
} as const

/** The process itself, by the names its kind of program is usually watched by. One per process. */
export function watchProcess(metrics: Pick<Metrics, 'look'>): Disposable {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  let before = performance.eventLoopUtilization()
  const late = (nanoseconds: number): number =>
    Math.max(0, nanoseconds / NS_PER_MS - RESOLUTION_MS) / 1000

  const stop = metrics.look(HELP, (): Figure<keyof typeof HELP>[] => {
    const cpu = process.cpuUsage()
    const memory = process.memoryUsage()
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    const figures: Figure<keyof typeof HELP>[] = [
      { name: 'process_cpu_seconds_total', value: (cpu.user + cpu.system) / 1e6 },
      { name: 'process_resident_memory_bytes', value: memory.rss },
      { name: 'process_start_time_seconds', value: performance.timeOrigin / 1000 },
      { name: 'process_open_fds', value: countOpenFiles() },
      { name: 'nodejs_heap_size_used_bytes', value: memory.heapUsed },
      { name: 'nodejs_heap_size_total_bytes', value: memory.heapTotal },
      { name: 'nodejs_external_memory_bytes', value: memory.external },
      { name: 'nodejs_eventloop_lag_p50_seconds', value: late(delay.percentile(50)) },
      { name: 'nodejs_eventloop_lag_p99_seconds', value: late(delay.percentile(99)) },
      { name: 'nodejs_eventloop_lag_max_seconds', value: late(delay.max) },
      { name: 'nodejs_eventloop_utilization_ratio', value: utilization },
    ]
    delay.reset()
    return figures
  })
  return {
    [Symbol.dispose]() {
      stop()
      delay.disable()
    },
  }
}

/** NaN where there is no such folder. */
function countOpenFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    // Not Linux.
    return Number.NaN
  }
}
