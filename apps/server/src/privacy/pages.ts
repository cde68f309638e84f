import type { Erasure } from '@parley/contract/erasure.ts'
import { html } from 'hono/html'
import type { AppContext } from '#http/app-env.ts'
import { page } from '#http/page.ts'
import type { Markup } from '#http/page.ts'
import type { ErasureKind } from './schema.ts'

/* The page behind a confirmation code: for the person who asked, in words, without scripts. */

type Told = { readonly code: string; readonly kind: ErasureKind; readonly erasure: Erasure }

const STATUS: Record<Erasure['status'], string> = {
  waiting: 'Received',
  running: 'Being deleted',
  done: 'Done',
}

export async function deletionPage(c: AppContext, told: Told): Promise<Response> {
  const { erasure, code } = told
  const isDone = erasure.status === 'done'
  const title = titleOf(told)
  // Looks again by itself, as a page without scripts can.
  if (!isDone) c.header('Refresh', '5')
  return await page(c, {
    title,
    body: html`<section class="card">
      <p class="badge ${isDone ? 'good' : 'warn'}">${STATUS[erasure.status]}</p>
      <h1>${title}</h1>
      <p>${sentenceOf(told)}</p>
      <dl class="facts">
        <dt>Asked</dt>
        <dd>${timeOf(erasure.requestedAt)}</dd>
        <dt>Finished</dt>
        <dd>${erasure.finishedAt === null ? 'not yet' : timeOf(erasure.finishedAt)}</dd>
        <dt>Code</dt>
        <dd><code>${code}</code></dd>
      </dl>
      ${erasure.stores.length === 0 ? '' : storeList(erasure)}
      <p class="small">
        ${isDone ? 'This page is your receipt. It holds nothing of what was deleted.' : 'This page looks again by itself. You can close it and come back.'}
      </p>
    </section>`,
  })
}

/** Whose data it is, as the page says it. */
const ABOUT: Record<ErasureKind, { readonly data: string; readonly about: string }> = {
  account: { data: 'Your data', about: 'about you and your account' },
  test: { data: 'Your data', about: 'about you and your account' },
  person: { data: 'The data', about: 'about this person' },
  tenant: { data: 'The data', about: 'for this customer' },
}

function titleOf({ kind, erasure }: Told): string {
  if (kind === 'test') return 'A test, and it works'
  if (erasure.status !== 'done') return `${ABOUT[kind].data} is being deleted`
  return erasure.stores.length === 0 ? 'Nothing was held' : `${ABOUT[kind].data} was deleted`
}

function sentenceOf({ kind, erasure }: Told): string {
  const { about } = ABOUT[kind]
  if (kind === 'test') {
    return 'This request came from the test button of Meta’s dashboard. It names nobody, so nothing was deleted.'
  }
  if (erasure.stores.length === 0) {
    return `When the request came, nothing ${about} was stored here, so there was nothing to delete.`
  }
  return erasure.status === 'done'
    ? `Everything that was stored here ${about} is gone. Copies in backups end when the backups do.`
    : `What is stored here ${about} is being deleted, one kind after the other.`
}

function storeList(erasure: Erasure): Markup {
  const done = erasure.stores.filter(({ doneAt }) => doneAt !== null)
  const open = erasure.stores.filter(({ doneAt }) => doneAt === null)
  return html`${
    done.length === 0
      ? ''
      : html`<h3>Deleted</h3>
          <ul class="ticks">
            ${done.map(({ title, deleted }) => html`<li>${title}: ${recordsOf(deleted)}</li>`)}
          </ul>`
  }
  ${
    open.length === 0
      ? ''
      : html`<h3>Still to come</h3>
          <ul>
            ${open.map(({ title, deleted }) => html`<li>${title}${deleted === 0 ? '' : html`: ${recordsOf(deleted)} so far`}</li>`)}
          </ul>`
  }`
}

const recordsOf = (count: number): string => (count === 1 ? '1 record' : `${count} records`)

const timeOf = (iso: string): Markup =>
  html`<time datetime="${iso}">${iso.slice(0, 10)}, ${iso.slice(11, 16)} UTC</time>`
