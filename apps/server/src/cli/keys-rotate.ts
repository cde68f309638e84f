import { rewrapKeys } from '#keys/rewrap-keys.ts'
import { rotateKeys } from '#keys/rotate-keys.ts'
import type { RotationOutcome, RotationProgress } from '#keys/rotate-keys.ts'
import type { Io } from './io.ts'
import { withPorts } from './with-ports.ts'
import type { Config } from '#config.ts'

/** @returns false when something keeps an old version in place. */
export async function runKeysRotate(
  config: Config,
  options: { owners: readonly string[] | 'all'; wait: boolean; json: boolean },
  { print, progress }: Pick<Io, 'print' | 'progress'>,
): Promise<boolean> {
  const onProgress = (of: RotationProgress): void => {
    if (options.json) print(JSON.stringify({ progress: of }))
    else progress?.(lineOf(of))
  }
  const outcomes = await withPorts(
    config,
    async (ports) => await rotateKeys(ports, options.owners, { wait: options.wait, onProgress }),
  )
  if (!options.json) progress?.('')
  for (const outcome of outcomes) {
    print(options.json ? JSON.stringify({ outcome }) : sentenceOf(outcome))
  }
  return outcomes.every(({ state }) => state !== 'blocked')
}

/** @returns false when another master key is still in use. */
export async function runMasterRotate(
  config: Config,
  options: { json: boolean },
  { print, progress }: Pick<Io, 'print' | 'progress'>,
): Promise<boolean> {
  const result = await withPorts(
    config,
    async (ports) =>
      await rewrapKeys(ports, (done, total) => {
        if (!options.json) progress?.(`${done} of ${total} data keys`)
      }),
  )
  if (!options.json) progress?.('')
  if (options.json) print(JSON.stringify(result))
  else {
    print(
      `${result.rewrapped} data keys were wrapped anew with the master key ${result.masterKey}.`,
    )
    for (const name of result.unused) {
      print(
        `Nothing needs the master key ${name}: take it out of the settings and restart every process. Backups from before still need it.`,
      )
    }
    for (const { masterKey, owners } of result.inUse) {
      print(
        `The master key ${masterKey} is still in use, by ${owners.join(', ')}. Leave it in the settings. Restart every process with ${result.masterKey} in front, and run this again; a key that stays was changed by somebody.`,
      )
    }
  }
  return result.inUse.length === 0
}

function lineOf({ phase, owner, column, resealed, done, total, waitMs }: RotationProgress): string {
  const seconds = Math.ceil(waitMs / 1000)
  switch (phase) {
    case 'wait_for_readers':
      return `Every process learns of the new keys: ${seconds} s`
    case 'wait_for_writers':
      return `Until nothing can be written with the old keys any more: ${seconds} s`
    case 'reseal':
    case 'check':
      return `${phase === 'reseal' ? 'Re-sealing' : 'Checking'} ${done + 1} of ${total}, ${owner} ${column}: ${resealed} rows`
  }
}

function sentenceOf(outcome: RotationOutcome): string {
  const { owner, version, resealed, state, dropped, unreadable, unreadablePlaces } = outcome
  const done = `${owner}: version ${version}, ${resealed} values re-sealed`
  if (state === 'rotated') return `${done}, ${dropped} old versions dropped.`
  if (state === 'waiting') {
    return `${done}. The old versions are kept for two more minutes; run this again to drop them.`
  }
  const places = unreadablePlaces.map(({ table, row, column }) => `\n  ${table}.${column} ${row}`)
  return `${done}. The old versions are kept: ${unreadable} values do not open:${places.join('')}`
}
