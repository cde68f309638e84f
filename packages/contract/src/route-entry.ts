import type { z } from 'zod'
import type { Scope } from './api-key.ts'
import type { ErrorCode } from './errors.ts'

/** Who a route answers. `jwt`: a user JWT too, for its own tenant. */
export type Access =
  | { readonly kind: 'public' }
  | { readonly kind: 'meta' }
  | { readonly kind: 'operator' }
  | { readonly kind: 'scope'; readonly scope: Scope; readonly jwt: boolean }

export const forScope = (scope: Scope): Access => ({ kind: 'scope', scope, jwt: false })
export const forScopeOrJwt = (scope: Scope): Access => ({ kind: 'scope', scope, jwt: true })
export const forAnybody: Access = { kind: 'public' }

export type RouteAnswer = {
  readonly description: string
  /** Absent: no body, or one that is no JSON. */
  readonly body?: z.ZodType
  /** What it is when it is no JSON. */
  readonly mediaType?: string
}

/** One route as published: `openapi.ts` and `/docs` are made from it, a test compares it with what is mounted. */
export type RouteEntry = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With parameters in braces. */
  readonly path: string
  readonly summary: string
  /** A second sentence, where one is not enough. */
  readonly notes?: string
  readonly access: Access
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  readonly answers: Readonly<Record<number, RouteAnswer>>
  /** Refusals of its own; those every route can give are added by `errorsOf`. */
  readonly errors: readonly ErrorCode[]
}

export type RouteGroup = {
  readonly name: string
  readonly summary: string
  readonly routes: readonly RouteEntry[]
}
