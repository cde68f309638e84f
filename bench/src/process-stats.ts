import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** Linux counts processor time in hundredths of a second for every process. */
const MS_PER_TICK = 10

/** The process and everything it started, but for PostgreSQL: that serves every contender alike and is not counted. */
export function familyOf(pid: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined
    if (stat !== undefined && stat.name !== 'postgres') parents.set(Number(name), stat.parent)
  }
  const family = [pid]
  for (const member of family) {
    for (const [child, parent] of parents) if (parent === member) family.push(child)
  }
  return family
}

export function cpuMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (statOf(pid)?.ticks ?? 0) * MS_PER_TICK, 0)
}

export function residentMb(pids: readonly number[]): number {
  return sumOfStatus(pids, 'VmRSS')
}

/** Highest since the start, or since `forgetPeak`. */
export function peakResidentMb(pids: readonly number[]): number {
  return sumOfStatus(pids, 'VmHWM')
}

export function forgetPeak(pids: readonly number[]): void {
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

function statOf(pid: number): { name: string; parent: number; ticks: number } | undefined {
  const text = readProc(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  // The name stands in brackets and may itself hold spaces and brackets.
  const end = text.lastIndexOf(')')
  const fields = text.slice(end + 2).split(' ')
  return {
    name: text.slice(text.indexOf('(') + 1, end),
    parent: Number(fields[1]),
    ticks: Number(fields[11]) + Number(fields[12]),
  }
}

function sumOfStatus(pids: readonly number[], field: string): number {
  let kilobytes = 0
  for (const pid of pids) {
    const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(
      readProc(`/proc/${pid}/status`) ?? '',
    )
    kilobytes += Number(found?.[1] ?? 0)
  }
  return kilobytes / 1024
}

/** A process may end while it is looked at. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
