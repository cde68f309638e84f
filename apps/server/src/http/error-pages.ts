import { errors } from '@parley/contract/errors.ts'
import { internalError } from '@parley/contract/internal-error.ts'
import { routeGroups, errorsOf } from '@parley/contract/routes.ts'
import { html } from 'hono/html'
import { routeAnchor } from '#http/docs-page.ts'
import type { Markup } from '#http/page.ts'

type Entry = { code: string; status: number; title: string; hint: string }

/** Every code, slice by slice. */
export function errorListBody(): Markup {
  const entries: Entry[] = [
    ...Object.entries(errors).map(([code, entry]) => ({ code, ...entry })),
    internalError,
  ]
  const slices = Map.groupBy(entries, ({ code }) => code.slice(0, code.indexOf('/')))
  return html`<h1>Error codes</h1>
    <p class="lead">
      Every refusal is an <code>application/problem+json</code> document whose <code>code</code> is
      one of these. A code, once published, keeps its meaning.
    </p>
    <ul class="contents">
      ${[...slices.keys()].map((slice) => html`<li><a href="#${slice}">${slice}</a></li>`)}
    </ul>
    ${[...slices].map(
      ([slice, list]) =>
        html`<h2 id="${slice}">${slice}</h2>
          <div class="table">
            <table>
              <thead>
                <tr>
                  <th scope="col">Code</th>
                  <th scope="col">Status</th>
                  <th scope="col">Meaning</th>
                </tr>
              </thead>
              <tbody>
                ${list.map(
                  ({ code, status, title }) =>
                    html`<tr>
                      <td><a href="/errors/${code}">${code}</a></td>
                      <td>${status}</td>
                      <td>${title}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`,
    )}`
}

/** One code: the fact, the next step, and where it comes from. */
export function errorBody({ code, status, title, hint }: Entry): Markup {
  const routes = routeGroups
    .flatMap((group) => group.routes)
    .filter((route) => errorsOf(route).some((own) => own === code))
  // A code nearly every route can give says nothing about any of them.
  const worthNaming = routes.length > 0 && routes.length <= 8
  return html`<section class="card">
    <p class="badge warn">${status}</p>
    <h1>${title}</h1>
    <p>${hint}</p>
    <p class="small"><code>${code}</code></p>
    ${
      worthNaming
        ? html`<p class="small">
            Given by
            ${routes.map(
              (route, n) =>
                html`${n === 0 ? '' : ', '}<a href="/docs#${routeAnchor(route)}"
                    >${route.method} ${route.path}</a
                  >`,
            )}.
          </p>`
        : ''
    }
    <p class="small"><a href="/errors">All codes</a> · <a href="/docs">Documentation</a></p>
  </section>`
}
