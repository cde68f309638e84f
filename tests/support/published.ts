import assert from 'node:assert/strict'
import { errors } from '@parley/contract/errors.ts'
import type { ErrorCode } from '@parley/contract/errors.ts'
import { Problem } from '@parley/contract/problem.ts'
import type { RouteEntry } from '@parley/contract/route-entry.ts'
import { errorsOf, routeGroups } from '@parley/contract/routes.ts'
import type { ApiClient, Answer } from './api-client.ts'

export const publishedRoutes: readonly RouteEntry[] = routeGroups.flatMap(({ routes }) => routes)

export type Visit = {
  /** Values for the braces of the path. */
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Calls routes by their published name and holds every answer against what is published of it. */
export class Published {
  readonly #visited = new Set<string>()

  /** The route answers `status`, exactly as published: no field missing, none unknown. @returns the body. */
  async answers<Body>(
    api: ApiClient,
    name: string,
    status: number,
    visit: Visit = {},
  ): Promise<Body> {
    const { route, answer } = await this.#call(api, name, visit)
    assert.equal(answer.status, status, `${name}: ${answer.text}`)
    const published = route.answers[status]
    assert.ok(published !== undefined, `${name} is published with ${status}`)
    const mediaType = answer.headers.get('content-type')?.split(';')[0] ?? null
    if (published.body !== undefined) {
      assert.equal(mediaType, 'application/json', name)
      // A schema leaves unknown fields out, so what is equal afterwards had none.
      assert.deepEqual(published.body.parse(answer.json), answer.json, name)
    } else if (published.mediaType !== undefined) {
      assert.equal(mediaType, published.mediaType, name)
    }
    this.#visited.add(name)
    // Held against the published schema above; the caller names the same.
    return answer.json as Body
  }

  /** The route leads on, with a published status. @returns the address. */
  async leads(api: ApiClient, name: string, visit: Visit = {}): Promise<URL> {
    const { route, answer } = await this.#call(api, name, visit)
    const location = answer.headers.get('location')
    assert.ok(location !== null, `${name}: ${answer.status} ${answer.text}`)
    assert.ok(
      route.answers[answer.status] !== undefined,
      `${name} is published with ${answer.status}`,
    )
    this.#visited.add(name)
    return new URL(location)
  }

  /** The route refuses with a published code: a problem document in full. */
  async refuses(
    api: ApiClient,
    name: string,
    code: ErrorCode,
    visit: Visit = {},
  ): Promise<Problem> {
    const { route, answer } = await this.#call(api, name, visit)
    assert.ok(errorsOf(route).includes(code), `${name} is published with ${code}`)
    return isProblem(answer, code, name)
  }

  /** Routes nobody has seen answer well yet. */
  missing(): string[] {
    return publishedRoutes.map(nameOf).filter((name) => !this.#visited.has(name))
  }

  async #call(
    api: ApiClient,
    name: string,
    visit: Visit,
  ): Promise<{ route: RouteEntry; answer: Answer }> {
    const route = publishedRoutes.find((each) => nameOf(each) === name)
    assert.ok(route !== undefined, `${name} is published`)
    const path = fillPath(route.path, visit.params ?? {})
    const query = visit.query === undefined ? '' : `?${new URLSearchParams(visit.query).toString()}`
    const answer = await api.call(route.method, `${path}${query}`, visit.body, visit.headers)
    assert.match(answer.headers.get('x-request-id') ?? '', /^[\w.-]{8,128}$/, name)
    return { route, answer }
  }
}

/** RFC 9457, with our words of the code and the id every answer carries. */
export function isProblem(answer: Answer, code: ErrorCode, where: string): Problem {
  assert.equal(answer.status, errors[code].status, `${where}: ${answer.text}`)
  assert.equal(answer.headers.get('content-type'), 'application/problem+json', where)
  const problem = Problem.parse(answer.json)
  assert.deepEqual(problem, answer.json, where)
  const { detail: _, fields: __, ...rest } = problem
  assert.deepEqual(
    rest,
    {
      type: `/errors/${code}`,
      title: errors[code].title,
      status: errors[code].status,
      code,
      hint: errors[code].hint,
      requestId: answer.headers.get('x-request-id'),
    },
    where,
  )
  if (problem.status === 401) assert.ok(answer.headers.has('www-authenticate'), where)
  return problem
}

export const nameOf = ({ method, path }: RouteEntry): string => `${method} ${path}`

export function fillPath(path: string, params: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name]
    assert.ok(value !== undefined, `${path} needs ${name}`)
    // Meta's path in ours has slashes of its own.
    return value.split('/').map(encodeURIComponent).join('/')
  })
}
