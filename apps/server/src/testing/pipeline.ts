import { setTimeout as sleep } from 'node:timers/promises'
import { LaneRunner } from '#replies/lane-runner.ts'
import { settleByEcho } from '#replies/settle-by-echo.ts'
import { DeliveryIngester } from '#webhooks/delivery-ingester.ts'
import { createKeepDelivery } from '#webhooks/keep-delivery.ts'
import type { ConnectedAccount } from './connected-account.ts'
import { fakeGraph } from './fake-graph.ts'
import { testClock, testPorts } from './test-ports.ts'
import type { TestPorts } from './test-ports.ts'

/** The whole way of a message in one process: what Meta delivers goes in, what people see comes out. */
/** @param pace `running`: the clock people see goes on by itself too. */
export async function testPipeline(pace: 'standing' | 'running' = 'standing'): Promise<
  {
    readonly ports: TestPorts
    readonly graph: ReturnType<typeof fakeGraph>
    readonly deliver: (body: unknown) => Promise<void>
  } & AsyncDisposable
> {
  const clock = pace === 'running' ? runningClock() : testClock()
  const graph = fakeGraph(() => clock.now())
  const ports = await testPorts({ clock, http: graph.http })
  const runner = await LaneRunner.start(ports)
  const ingester = new DeliveryIngester(ports, {
    settleByEcho: async (db, echo) => await settleByEcho(ports, db, echo),
    beginAnswers: () => runner.beginAnswers(),
  })
  const keep = createKeepDelivery(ports)
  return {
    ports,
    graph,
    deliver: async (body) => await keep(Buffer.from(JSON.stringify(body)), 'instagram'),
    async [Symbol.asyncDispose]() {
      await ingester[Symbol.asyncDispose]()
      await runner[Symbol.asyncDispose]()
      await ports[Symbol.asyncDispose]()
    },
  }
}

function runningClock(): ReturnType<typeof testClock> {
  const clock = testClock()
  const beganMs = clock.monotonicMs()
  return { ...clock, now: () => clock.now() + clock.monotonicMs() - beganMs }
}

/** A delivery of messaging items of one account. */
export function delivery(account: ConnectedAccount, ...items: readonly object[]): object {
  return {
    object: 'instagram',
    entry: [{ id: account.accountId, time: 1_795_000_000_500, messaging: items }],
  }
}

/** One text line of a person, as Meta sends it. */
export function line(
  account: ConnectedAccount,
  igsid: string,
  mid: string,
  text: string,
  atMs: number,
): object {
  return {
    sender: { id: igsid },
    recipient: { id: account.accountId },
    timestamp: atMs,
    message: { mid, text },
  }
}

/** Waits until `check` gives something; a test that waits in vain says for what. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 20) {
    const found = await check()
    if (found !== undefined && found !== false) return found
    await sleep(20)
  }
  throw new Error(`waited in vain for ${what}`)
}
