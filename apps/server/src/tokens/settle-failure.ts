import { classifyGraphError } from '@parley/instagram/classify-graph-error.ts'
import type { GraphErrorClass } from '@parley/instagram/classify-graph-error.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { Ports } from '#ports/ports.ts'
import { breakApp } from './break-app.ts'
import { reportGrantFailure } from './report-grant-failure.ts'
import type { LeasedGrant, UsableGrant } from './schema.ts'
import { giveBack, writeFailed } from './store-due.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const PAUSE_MS_MAX = 6 * HOUR_MS
/** What only a person can change is asked again, in case they did. */
const PERSON_MS = 24 * HOUR_MS
/** Throttles that are the app's and not one account's. Source: /overview/rate-limiting, read 2026-11-20. */
const APP_THROTTLE = 4

type Touched = Pick<Ports, 'db' | 'vault' | 'clock' | 'random' | 'signals' | 'graph' | 'log'>

/**
 * `failed`: tried again by itself. `invalid`: a person must act. `unreachable`: as `failed`, and Meta did not answer.
 * `paused`: the whole app's trouble. `cut`: we are stopping; nothing is known and nothing is written.
 */
export type Settled = 'failed' | 'invalid' | 'unreachable' | 'paused' | 'cut'

/**
 * Draws the conclusion from a refresh or check that failed. The token and its date stay as they are, whatever it was; only
 * a grant that is proven dead changes its status.
 */
export async function settleFailure(
  ports: Touched,
  held: LeasedGrant,
  usable: UsableGrant,
  error: GraphError | HttpFailure,
): Promise<Settled> {
  if (error instanceof HttpFailure && error.isCut) {
    // What Meta may have seen is as unknown as with a killed worker, and left to the end of its lease like there.
    if (error.phase === 'not_connected') await giveBack(ports.db, [held])
    return 'cut'
  }
  const meaning = classifyGraphError(error)
  const retryAfterMs = error instanceof GraphError ? error.retryAfterMs : undefined
  switch (meaning) {
    case 'app_broken':
      await breakApp(ports, { appId: held.app_id, reason: 'app_broken' })
      await wait(ports, held, error, appPauseMs(ports, held))
      return 'paused'
    case 'throttled':
      if (error instanceof GraphError && error.code === APP_THROTTLE) {
        await breakApp(ports, { appId: held.app_id, reason: 'throttled', pauseMs: retryAfterMs })
        await wait(ports, held, error, appPauseMs(ports, held))
        return 'paused'
      }
      await wait(ports, held, error, Math.max(retryAfterMs ?? 0, HOUR_MS))
      return 'failed'
    case 'needs_reauth':
    case 'needs_permission':
    case 'account_action':
      // Both are Meta's words, so this is an answer. A grant found dead ignores the pause.
      if (error instanceof GraphError) await reportGrantFailure(ports, usable, error)
      await wait(ports, held, error, meaning === 'needs_reauth' ? HOUR_MS : PERSON_MS)
      return 'invalid'
    case 'transient':
    case 'unknown_outcome':
      await wait(ports, held, error, backOffMs(ports, held.failures, retryAfterMs))
      return 'unreachable'
    case 'fail_message':
    case 'bug':
      await wait(ports, held, error, PAUSE_MS_MAX)
      return 'failed'
  }
}

/** An app that is well again with others is asked with this one a little later: it may be the only one. */
const appPauseMs = (ports: Pick<Ports, 'random'>, held: LeasedGrant): number =>
  Math.max(MINUTE_MS, backOffMs(ports, held.failures, undefined))

/** Exponential with full jitter: a minute, two, four … six hours at most, and never before Meta says so. */
function backOffMs(
  ports: Pick<Ports, 'random'>,
  failures: number,
  retryAfterMs: number | undefined,
): number {
  const ceilingMs = Math.min(PAUSE_MS_MAX, MINUTE_MS * 2 ** Math.min(failures, 20))
  return Math.max(retryAfterMs ?? 0, Math.ceil(ceilingMs * ports.random.fraction()))
}

async function wait(
  ports: Touched,
  held: LeasedGrant,
  error: GraphError | HttpFailure,
  pauseMs: number,
): Promise<void> {
  const nowMs = ports.clock.now()
  await writeFailed(ports.db, held, {
    failure: describe(classifyGraphError(error), error),
    retryAt: new Date(nowMs + pauseMs),
    at: new Date(nowMs),
  })
}

function describe(meaning: GraphErrorClass, error: GraphError | HttpFailure): object {
  const isAnswer = error instanceof GraphError
  return {
    class: meaning,
    code: (isAnswer ? error.code : undefined) ?? null,
    subcode: (isAnswer ? error.subcode : undefined) ?? null,
  }
}
