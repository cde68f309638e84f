import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { settingNames } from '#config.ts'
import type { Environment, SettingProblem } from '#config.ts'
import { foreignSettings, reservedSettings, secretSettings } from '#settings.ts'

export type ReadEnvironment = {
  readonly environment: Environment
  readonly problems: readonly SettingProblem[]
  readonly warnings: readonly string[]
}

/** The environment over `.env` of the working folder, `<NAME>_FILE` read, names checked. Nothing is opened. */
export function readEnvironment(given: Environment, workingFolder: string): ReadEnvironment {
  const file = join(workingFolder, '.env')
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {}
  const environment: Record<string, string | undefined> = {
    ...dropUnset(fromFile),
    ...dropUnset(given),
  }
  const problems: SettingProblem[] = []
  for (const name of secretSettings) {
    const path = environment[`${name}_FILE`]
    if (path === undefined || path === '') continue
    if (environment[name] !== undefined && environment[name] !== '') {
      problems.push({ name, message: `given twice: here and as ${name}_FILE` })
      continue
    }
    try {
      environment[name] = readFileSync(path, 'utf8').trim()
    } catch {
      // Whatever the reason, the name and the path are what helps.
      problems.push({ name: `${name}_FILE`, message: `a file that can be read; ${path} cannot` })
      // Named once is enough: it is not missing, it is unreadable.
      problems.push({ name, message: `see ${name}_FILE` })
    }
  }
  return { environment, problems, warnings: warningsOf(environment) }
}

/** A variable set to nothing is as good as none, so that it does not hide a line of `.env`. */
function dropUnset(given: Environment): Environment {
  return Object.fromEntries(Object.entries(given).filter(([, text]) => text?.trim()))
}

/** Names of ours begin so. */
const OURS = /^(PARLEY|ALERT)_/

function warningsOf(environment: Environment): string[] {
  const known = new Set<string>([
    ...settingNames(),
    ...secretSettings.map((name) => `${name}_FILE`),
    'PARLEY_TEST_DATABASE_URL',
  ])
  const warnings: string[] = []
  for (const name of Object.keys(environment)) {
    if (known.has(name)) continue
    const here = foreignSettings[name]
    if (here !== undefined) warnings.push(`${name} changes nothing here. Use ${here}.`)
    else if (reservedSettings.includes(name))
      warnings.push(`${name} has no effect in this version.`)
    else if (OURS.test(name)) warnings.push(`${name} is no setting; is it misspelt?`)
  }
  const secret = environment['PARLEY_SECRET']
  if (secret !== undefined && secret.split(',').some((part) => part.trim().length < 32)) {
    warnings.push('PARLEY_SECRET is short: 32 random characters or more are safe.')
  }
  return warnings
}
