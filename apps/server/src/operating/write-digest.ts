import type { ConnectionStatus } from '@parley/contract/connection.ts'
import { html } from 'hono/html'
import type { DigestMail } from '#alerts/send-digests.ts'
import type { Digest } from './read-digest.ts'

type Section = { readonly title: string; readonly lines: readonly string[] }

const WORDS: readonly (readonly [ConnectionStatus, string])[] = [
  ['active', 'active'],
  ['expiring', 'expiring'],
  ['needs_reauth', 'lost, to be reconnected'],
  ['revoked', 'revoked by the account'],
  ['pending', 'not confirmed yet'],
  ['disconnected', 'disconnected'],
]

/** The week as a mail: plain text, and the same as a page. Figures and public names only. */
export async function writeDigest(digest: Digest): Promise<DigestMail> {
  const sections = [
    connectionsOf(digest),
    answersOf(digest),
    troublesOf(digest),
    { title: 'Meta’s own chores, once a quarter', lines: digest.chores },
  ].filter(({ lines }) => lines.length > 0)
  const whose = digest.tenantName ?? 'Parley'
  const subject = `${whose}: the week until ${dayOf(digest.week.until, digest.timezone)}`
  const text = sections.map(({ title, lines }) =>
    [title, ...lines.map((line) => `- ${line}`)].join('\n'),
  )
  const body = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${subject}</title>
      </head>
      <body style="font-family: sans-serif; max-width: 40em; margin: 1em auto">
        <h1 style="font-size: 1.25em">${subject}</h1>
        ${sections.map(
          ({ title, lines }) =>
            html`<h2 style="font-size: 1em">${title}</h2>
              <ul>
                ${lines.map((line) => html`<li>${line}</li>`)}
              </ul>`,
        )}
      </body>
    </html>`
  return { subject, text: `${text.join('\n\n')}\n`, html: String(body) }
}

function connectionsOf({ connections, lost, nextExpiry, timezone }: Digest): Section {
  const counts = WORDS.flatMap(([status, words]) => {
    const count = connections[status] ?? 0
    return count === 0 ? [] : [`${count} ${words}`]
  })
  const all = (connections.needs_reauth ?? 0) + (connections.revoked ?? 0)
  return {
    title: 'Connections',
    lines: [
      counts.length === 0 ? 'None.' : `${counts.join(', ')}.`,
      ...lost.map(({ account, why }) => `${account}: ${why}.`),
      ...(all > lost.length ? [`And ${all - lost.length} more to be reconnected.`] : []),
      ...(nextExpiry === null
        ? []
        : [
            `The next token ends on ${dayOf(new Date(nextExpiry.at), timezone)} (${nextExpiry.account}); ${
              nextExpiry.isLate
                ? 'it could not be renewed so far: reconnect it'
                : 'it is renewed by itself long before'
            }.`,
          ]),
    ],
  }
}

function answersOf({ responses: r, waiting }: Digest): Section {
  const by = [
    [r.automation, 'the automation'],
    [r.operator, 'operators'],
    [r.host, 'your own program'],
    [r.instagram_app, 'people in the Instagram app'],
  ] as const
  const senders = by.filter(([count]) => count > 0).map(([count, who]) => `${count} by ${who}`)
  const isTimed = r.median_seconds !== null && r.p95_seconds !== null
  return {
    title: 'Conversations',
    lines: [
      `Lines that came in: ${r.lines}.`,
      senders.length === 0 ? 'No answer went out.' : `Answers: ${senders.join(', ')}.`,
      ...(isTimed
        ? [
            `Until an answer was written: ${spanOf(r.median_seconds)} in the middle, 95 percent within ${spanOf(r.p95_seconds)}.`,
          ]
        : []),
      `Conversations that wait for a person now: ${waiting}.`,
    ],
  }
}

function troublesOf({ troubles: t, responses, week }: Digest): Section {
  const isOwn = week.tenantId === null
  return {
    title: 'Errors and usage',
    lines: [
      `Alerts: ${t.alerts_opened} opened, ${t.alerts_open} open now.`,
      `Calls at Meta that failed: ${t.calls_failed} of ${t.calls}. Messages not sent: ${responses.failed}.`,
      ...(isOwn
        ? [
            `Webhooks that could not be worked: ${t.webhooks_failed}; with a wrong signature: ${t.signatures_wrong}.`,
          ]
        : []),
      `At most ${Math.round(t.used_percent)} percent of Meta’s allowance was used.`,
    ],
  }
}

/** A day on the clocks of a time zone, as 2026-11-20. */
function dayOf(at: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(at)
}

function spanOf(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} seconds`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} minutes`
  return `${Math.round(seconds / 3600)} hours`
}
