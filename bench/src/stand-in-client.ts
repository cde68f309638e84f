import { startOwn } from '#child.ts'
import type { Child } from '#child.ts'
import type { EchoPlan } from '#stand-in/echoes.ts'
import type { FaultPlan } from '#stand-in/faults.ts'
import type { SendAttempt, ShownMessage } from '#stand-in/thread-book.ts'

export type StandInRecord = {
  readonly shown: readonly ShownMessage[]
  readonly attempts: readonly SendAttempt[]
  /** Requests other than sends, by what they asked for. */
  readonly reads: Readonly<Record<string, number>>
  readonly openEchoes: number
}

export type StandInProcess = AsyncDisposable & {
  readonly url: string
  readonly child: Child
  /** The five host settings of Parley, pointed here. */
  readonly settings: Readonly<Record<string, string>>
  record(): Promise<StandInRecord>
  /** A cheap look at how far a run is. */
  progress(): Promise<{ tokens: number; openEchoes: number }>
  faults(plan: FaultPlan): Promise<void>
  echoes(plan: EchoPlan | undefined): Promise<void>
  clock(offsetMs: number): Promise<void>
  clear(): Promise<void>
}

/** The stand-in for Meta, in a process of its own. */
export async function startStandInProcess(): Promise<StandInProcess> {
  const child = startOwn('./stand-in-process.ts', {})
  const found = await child.line(/^listening (\S+)$/m)
  const url = found[1] ?? ''
  const post = async (path: string, body: unknown): Promise<void> => {
    const response = await fetch(`${url}/control/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`stand-in ${path}: ${response.status}`)
    await response.arrayBuffer()
  }
  const read = async <Answer>(path: string): Promise<Answer> => {
    const response = await fetch(`${url}/control/${path}`)
    // Written by stand-in/control.ts.
    return (await response.json()) as Answer
  }
  return {
    url,
    child,
    settings: {
      INSTAGRAM_WWW_URL: `${url}/www.instagram.com`,
      INSTAGRAM_API_URL: `${url}/api.instagram.com`,
      INSTAGRAM_GRAPH_URL: `${url}/graph.instagram.com`,
      FACEBOOK_WWW_URL: `${url}/www.facebook.com`,
      FACEBOOK_GRAPH_URL: `${url}/graph.facebook.com`,
    },
    record: async () => await read<StandInRecord>('record'),
    progress: async () => await read<{ tokens: number; openEchoes: number }>('progress'),
    faults: async (plan) => await post('faults', plan),
    echoes: async (plan) => await post('echoes', plan ?? null),
    clock: async (offsetMs) => await post('clock', offsetMs),
    clear: async () => await post('clear', {}),
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]()
    },
  }
}
