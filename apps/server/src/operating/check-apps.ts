import type { Finding } from '@parley/contract/doctor.ts'
import { classifyGraphError } from '@parley/instagram/classify-graph-error.ts'
import type { GraphErrorClass } from '@parley/instagram/classify-graph-error.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { Login } from '@parley/instagram/login.ts'
import { redirectUriOf } from '#connect/begin-login.ts'
import type { MetaApp } from '#config.ts'
import type { Ports } from '#ports/ports.ts'
import { found, ok } from './findings.ts'

/** No code of Meta's: a right pair is told so, a wrong one is told about the pair. */
const NO_CODE = 'parley-doctor'
const WHERE = {
  instagram: 'Instagram, API setup with Instagram login, Business login settings',
  facebook: 'App settings, Basic',
} as const
const NAMES = {
  instagram: 'INSTAGRAM_APP_ID and INSTAGRAM_APP_SECRET',
  facebook: 'FACEBOOK_APP_ID and FACEBOOK_APP_SECRET',
} as const

/** Says nothing of the pair. */
const PASSING: ReadonlySet<GraphErrorClass> = new Set(['transient', 'throttled', 'unknown_outcome'])

type Touched = Pick<Ports, 'config' | 'graph'>

/** Are the ids and secrets pairs of Meta's, and the right ones for each login? */
export async function checkApps(ports: Touched): Promise<Finding[]> {
  const { instagramApp, facebookApp } = ports.config
  const findings: Finding[] = []
  if (instagramApp !== undefined && instagramApp.id === facebookApp?.id) {
    findings.push(
      found(
        'problem',
        'app ids',
        'INSTAGRAM_APP_ID and FACEBOOK_APP_ID are the same number; the Instagram app has an id and a secret of its own.',
        `INSTAGRAM_APP_ID and INSTAGRAM_APP_SECRET stand in Meta's dashboard under ${WHERE.instagram}.`,
      ),
    )
  }
  if (isSameSecret(instagramApp, facebookApp)) {
    findings.push(
      found(
        'problem',
        'app secrets',
        'INSTAGRAM_APP_SECRET and FACEBOOK_APP_SECRET are the same; each app has a secret of its own.',
        `INSTAGRAM_APP_SECRET stands in Meta's dashboard under ${WHERE.instagram}, FACEBOOK_APP_SECRET under ${WHERE.facebook}.`,
      ),
    )
  }
  if (instagramApp !== undefined) findings.push(await provePair(ports, 'instagram'))
  if (facebookApp !== undefined) findings.push(await provePair(ports, 'facebook'))
  return findings
}

function isSameSecret(one: MetaApp | undefined, other: MetaApp | undefined): boolean {
  const of = (app: MetaApp | undefined): string[] =>
    app?.secrets.map((secret) => secret.reveal()) ?? []
  return of(one).some((secret) => of(other).includes(secret))
}

async function provePair(ports: Touched, login: Login): Promise<Finding> {
  const check = `${login} app`
  const fix = `Copy ${NAMES[login]} anew from Meta's dashboard: ${WHERE[login]}.`
  const exchange = { code: NO_CODE, redirectUri: redirectUriOf(ports.config, login) }
  try {
    if (login === 'instagram') await ports.graph.exchangeInstagramCode(exchange)
    else await ports.graph.exchangeFacebookCode(exchange)
    return found('unknown', check, 'Meta gave a token for a code that is none.', fix)
  } catch (error) {
    if (error instanceof HttpFailure) {
      const message = 'Meta could not be reached.'
      return found('unknown', check, message, 'Check that this machine may call Meta by https.')
    }
    if (!(error instanceof GraphError)) throw error
    // Only about the code: the pair was looked at first.
    if (isAboutCode(error)) return ok(check, 'Meta knows the id and its secret.')
    if (PASSING.has(classifyGraphError(error))) {
      return found(
        'unknown',
        check,
        'Meta did not answer the question now.',
        'Ask again in a while.',
      )
    }
    return found('problem', check, `Meta refuses ${NAMES[login]}.`, fix)
  }
}

/** What a code nobody gave out is answered with once the pair is right; codes 100 and 400 with different words. */
function isAboutCode(error: GraphError): boolean {
  const meaning = classifyGraphError(error)
  return meaning === 'needs_reauth' || /verification code/i.test(error.metaMessage)
}
