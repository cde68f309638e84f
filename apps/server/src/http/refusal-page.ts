import type { AppError } from '@parley/contract/app-error.ts'
import { errors } from '@parley/contract/errors.ts'
import { internalError } from '@parley/contract/internal-error.ts'
import { html } from 'hono/html'
import type { AppContext } from '#http/app-env.ts'
import { page } from '#http/page.ts'

/**
 * A refusal for a person in a browser: the fact, the next step, and what to quote when asking for help. Without an
 * error it was a bug of ours, of which nothing is told.
 */
export async function refusalPage(c: AppContext, error: AppError | undefined): Promise<Response> {
  const code = error?.code ?? internalError.code
  const { status, title, hint } = error === undefined ? internalError : errors[error.code]
  if (error?.retryAfterSeconds !== undefined) {
    c.header('Retry-After', String(Math.max(1, Math.ceil(error.retryAfterSeconds))))
  }
  return await page(c, {
    title,
    status,
    body: html`<section class="card">
      <p class="badge warn">${status}</p>
      <h1>${title}</h1>
      <p>${hint}</p>
      <p class="small">
        <a href="/errors/${code}">${code}</a> · request <code>${c.var.requestId}</code>
      </p>
    </section>`,
  })
}

/** Is this a person's browser opening a page, as against a program? */
export function wantsPage(c: AppContext): boolean {
  return c.req.method === 'GET' && (c.req.header('accept') ?? '').includes('text/html')
}
