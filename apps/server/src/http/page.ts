import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { AppContext } from '#http/app-env.ts'
import { pagePolicy } from '#http/security-headers.ts'

export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>

/**
 * One whole page of ours: works without scripts, wears `/assets/pages.css`.
 * Make `body` with `html` of `hono/html`, which escapes every value.
 */
export async function page(
  c: AppContext,
  parts: {
    title: string
    body: Markup
    status?: ContentfulStatusCode
    /** Origins a form of this page leads to by redirect: browsers check those too. */
    formOrigins?: readonly string[]
    /** `narrow`: a card in the middle (default). `wide`: documentation. */
    width?: 'narrow' | 'wide'
  },
): Promise<Response> {
  c.header('Content-Security-Policy', pagePolicy(parts.formOrigins))
  const document = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${parts.title} · Parley</title>
        <link rel="icon" type="image/svg+xml" href="/icon.svg" />
        <link rel="stylesheet" href="/assets/pages.css" />
      </head>
      <body class="${parts.width ?? 'narrow'}">
        <main>${parts.body}</main>
        <footer><span class="mark" aria-hidden="true"></span>Parley</footer>
      </body>
    </html>`
  return c.html(document, parts.status ?? 200)
}
