import type { Connection, SelfTest } from '@parley/contract/connection.ts'
import { errors } from '@parley/contract/errors.ts'
import type { ErrorCode } from '@parley/contract/errors.ts'
import { html } from 'hono/html'
import type { AppContext } from '#http/app-env.ts'
import { page } from '#http/page.ts'
import type { TripEnd, TripResult } from './find-result.ts'
import { allowPictures, sheet } from './pages.ts'

/** How a trip ended: what the page says of it. */
const END: Record<TripEnd, { badge: string; tone: string; title: string }> = {
  connected: { badge: 'Connected', tone: 'good', title: 'Instagram connected' },
  confirming: { badge: 'Waiting', tone: 'warn', title: 'Almost done' },
  waiting: { badge: 'Waiting', tone: 'warn', title: 'Approved, not connected yet' },
  repeating: { badge: 'Waiting', tone: 'warn', title: 'Almost done' },
  ended: { badge: 'Not connected', tone: 'warn', title: 'This login has ended' },
}

/** For flows without an address of the host's to return to. Speaks of this trip's login alone. */
export async function resultPage(c: AppContext, result: TripResult): Promise<Response> {
  const { connection, end } = result
  const { badge, tone, title } = END[end]
  // What was checked at connecting is of a login that is live.
  const selfTest = end === 'connected' ? connection.selfTest : null
  const response = await page(c, {
    title,
    body: html`${sheet}
      <section class="card">
        <p class="badge ${tone}">${badge}</p>
        <h1>${title}</h1>
        ${accountLine(connection)}
        <p>${endText(result)}</p>
        ${selfTest === null ? '' : selfTestList(selfTest)}
      </section>`,
  })
  return allowPictures(response, [connection.account.pictureUrl])
}

/** An address of a result that this browser did not bring about, or brought about too long ago. It claims nothing. */
export async function unknownResultPage(c: AppContext): Promise<Response> {
  return await page(c, {
    title: 'No result to show',
    status: 404,
    body: html`${sheet}
      <section class="card">
        <h1>No result to show</h1>
        <p>
          A result is shown only in the browser that connected, and for an hour. Whether the account
          is connected stands where you began.
        </p>
      </section>`,
  })
}

/** The same when nothing came of it. */
export async function failedPage(c: AppContext, code: ErrorCode): Promise<Response> {
  const { title, hint } = errors[code]
  return await page(c, {
    title,
    body: html`${sheet}
      <section class="card">
        <p class="badge warn">Not connected</p>
        <h1>${title}</h1>
        <p>${hint}</p>
        <p class="small"><a href="/errors/${code}">${code}</a></p>
      </section>`,
  })
}

function endText({ end, tenantName }: TripResult) {
  switch (end) {
    case 'connected':
      return 'You can close this page.'
    case 'confirming':
      return 'Go back to the page where you began; it has to confirm the account.'
    case 'waiting':
      return html`<strong>${tenantName}</strong> still has to confirm that this is the right
        account, within a day. You can close this page.`
    case 'repeating':
      return 'Instagram is slow right now. The connection completes by itself within the hour.'
    case 'ended':
      return html`It was not confirmed in time, or access was lost since. Ask
        <strong>${tenantName}</strong> for a new link.`
  }
}

function accountLine({ account }: Connection) {
  return html`<div class="person">
    ${account.pictureUrl === null ? html`<span class="avatar" aria-hidden="true"></span>` : html`<img src="${account.pictureUrl}" alt="" />`}
    <span>
      <strong>${account.username === null ? account.id : `@${account.username}`}</strong>
      <span class="soft">${account.name ?? ''}</span>
    </span>
  </div>`
}

const SIGN = { ok: '✓', waiting: '…', failed: '!' } as const
const SIGN_WORD = { ok: 'Works', waiting: 'Waiting', failed: 'Needs you' } as const

function selfTestList(selfTest: SelfTest) {
  return html`<ul class="checks" aria-label="Self-test">
    ${selfTest.checks.map(
      ({ state, message }) =>
        html`<li class="${state}">
          <span class="sign" aria-hidden="true">${SIGN[state]}</span>
          <span><span class="unseen">${SIGN_WORD[state]}:</span> ${message}</span>
        </li>`,
    )}
  </ul>`
}
