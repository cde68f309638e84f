import { errors } from '@parley/contract/errors.ts'
import type { Access, RouteEntry, RouteGroup } from '@parley/contract/route-entry.ts'
import { errorsOf } from '@parley/contract/routes.ts'
import { html } from 'hono/html'
import { z } from 'zod'
import type { Markup } from '#http/page.ts'

/** The API for people: one fold per route, made from the same table as the OpenAPI document. */
export function docsBody(groups: readonly RouteGroup[], url: string): Markup {
  return html`<h1>Parley’s API</h1>
    <p class="lead">
      Connect Instagram professional accounts to your product, keep them connected, and hold the
      conversation. For programs: <a href="/v1/openapi.json">OpenAPI 3.1</a>. Every refusal:
      <a href="/errors">error codes</a>.
    </p>
    ${basics(url)}
    <ul class="contents">
      ${groups.map(({ name }) => html`<li><a href="#${anchor(name)}">${name}</a></li>`)}
    </ul>
    ${groups.map(
      ({ name, summary, routes }) =>
        html`<h2 id="${anchor(name)}">${name}</h2>
          <p class="soft">${summary}</p>
          ${routes.map(routeBlock)}`,
    )}`
}

export function routeAnchor({ method, path }: RouteEntry): string {
  return anchor(`${method} ${path}`)
}

function anchor(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}

function basics(url: string): Markup {
  return html`<section class="card">
    <h3>How to call</h3>
    <pre><code>curl ${url}/v1/connections \\
  -H "Authorization: Bearer $PARLEY_API_KEY"</code></pre>
    <p>
      JSON in camelCase; times are ISO 8601 in UTC. Lists take <code>cursor</code> and
      <code>limit</code> (25, at most 100) and answer <code>{ data, nextCursor }</code>. A POST with
      an <code>Idempotency-Key</code> does its work once and repeats its answer for a day. Send
      <code>X-Request-Id</code> to find a call again in the logs; every answer carries one.
    </p>
  </section>`
}

function routeBlock(route: RouteEntry): Markup {
  const codes = errorsOf(route)
  return html`<details class="route" id="${routeAnchor(route)}">
    <summary>
      <span class="method ${route.method}">${route.method}</span>
      <code class="path">${route.path}</code>
      <span class="what">${route.summary}</span>
    </summary>
    <div>
      ${route.notes === undefined ? '' : html`<p>${prose(route.notes)}</p>`}
      <p class="small">${whoMay(route.access)}</p>
      ${route.query === undefined ? '' : fieldTable('Query', route.query, 'input')}
      ${route.body === undefined ? '' : fieldTable('Body', route.body, 'input')}
      ${Object.entries(route.answers).map(([status, { description, body, mediaType }]) =>
        body === undefined
          ? html`<p>
              <span class="badge good">${status}</span> ${description}${
                mediaType === undefined ? '' : html` <code>${mediaType}</code>`
              }
            </p>`
          : fieldTable(`${status} · ${description}`, body, 'output'),
      )}
      <p class="small">
        Refusals:
        ${codes.map(
          (code, n) =>
            html`${n === 0 ? '' : ', '}<a href="/errors/${code}" title="${errors[code].title}"
                >${code}</a
              >`,
        )}
      </p>
    </div>
  </details>`
}

function whoMay(access: Access): Markup {
  switch (access.kind) {
    case 'public':
      return html`Anybody may call this.`
    case 'meta':
      return html`Only Meta calls this, with its signature or the verify token.`
    case 'operator':
      return html`For the signed-in operator.`
    case 'scope':
      return html`Needs the scope <code>${access.scope}</code>, or an operator whose role includes
        it${access.jwt ? ', or a user JWT for its own tenant' : ''}.`
  }
}

/** Words in backticks become code. */
function prose(text: string): Markup[] {
  return text
    .split('`')
    .map((part, n) => (n % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))
}

type Schema = {
  type?: string | string[]
  properties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  enum?: unknown[]
  const?: unknown
  required?: string[]
  default?: unknown
  maximum?: number
  minimum?: number
  maxLength?: number
  format?: string
  additionalProperties?: Schema | boolean
  $ref?: string
}

const LINES_MAX = 80
const DEPTH_MAX = 4

function fieldTable(caption: string, schema: z.ZodType, io: 'input' | 'output'): Markup {
  // Plain JSON Schema, written by zod itself.
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }) as Schema
  const lines = linesOf(made, '', 0).slice(0, LINES_MAX)
  if (lines.length === 0) return html`<p><span class="badge">${caption}</span></p>`
  return html`<p><span class="badge">${caption}</span></p>
    <div class="table">
      <table>
        <tbody>
          ${lines.map(
            ({ path, type, note }) =>
              html`<tr>
                <td><code>${path}</code></td>
                <td>${type}</td>
                <td class="soft">${note}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`
}

type Line = { path: string; type: string; note: string }

function linesOf(schema: Schema, at: string, depth: number): Line[] {
  if (depth > DEPTH_MAX) return []
  const inner = within(schema)
  if (inner !== schema) return linesOf(inner, at === '' ? '' : at, depth)
  if (schema.items !== undefined) return linesOf(schema.items, `${at}[]`, depth + 1)
  const { properties = {}, required = [] } = schema
  return Object.entries(properties).flatMap(([name, child]) => {
    const path = at === '' ? name : `${at}.${name}`
    return [
      { path, type: typeOf(child), note: noteOf(child, required.includes(name)) },
      ...linesOf(child, path, depth + 1),
    ]
  })
}

/** `X or null` is about X. */
function within(schema: Schema): Schema {
  const choices = (schema.anyOf ?? schema.oneOf ?? []).filter(({ type }) => type !== 'null')
  const [only] = choices
  return choices.length === 1 && only !== undefined ? only : schema
}

function typeOf(schema: Schema): string {
  const { type, enum: words, const: word, anyOf, oneOf } = schema
  if (words !== undefined) return words.map((one) => JSON.stringify(one)).join(' | ')
  if (word !== undefined) return JSON.stringify(word)
  const choices = anyOf ?? oneOf
  if (choices !== undefined) return [...new Set(choices.map(typeOf))].join(' | ')
  if (Array.isArray(type)) return type.join(' | ')
  if (type === 'array') return schema.items === undefined ? 'array' : `${typeOf(schema.items)}[]`
  if (schema.format === 'date-time') return 'time'
  return type ?? 'any'
}

function noteOf(schema: Schema, isRequired: boolean): string {
  const notes: string[] = []
  if (!isRequired) notes.push('optional')
  if (schema.default !== undefined) notes.push(`default ${JSON.stringify(schema.default)}`)
  if (schema.maxLength !== undefined) notes.push(`at most ${schema.maxLength} characters`)
  if (schema.maximum !== undefined && schema.maximum < Number.MAX_SAFE_INTEGER) {
    notes.push(`${schema.minimum ?? 0} to ${schema.maximum}`)
  }
  return notes.join(', ')
}
