import { z } from 'zod'
import { Alert } from './alert.ts'
import { ApiKey, ApiKeyRequest, ApiKeyWithSecret } from './api-key.ts'
import { AuditEntry } from './audit.ts'
import { Automation } from './automation.ts'
import { ConnectSession, ConnectSessionRequest } from './connect-session.ts'
import { AccessToken, Connection, RefreshAnswer, SweepResult, TokenStatus } from './connection.ts'
import { Conversation } from './conversation.ts'
import { Delivery } from './delivery.ts'
import { DoctorReport, Finding, MetaSetup } from './doctor.ts'
import { Erasure } from './erasure.ts'
import { errors } from './errors.ts'
import type { ErrorCode } from './errors.ts'
import { Flow } from './flow.ts'
import { ImportOutcome, ImportReport, ImportRequest } from './import.ts'
import { HostEndpoint, HostEndpointRequest } from './host-endpoint.ts'
import { HostEvent, HostEventBody, hostEventTypes } from './host-event.ts'
import { Me } from './me.ts'
import { Message, SendRequest } from './message.ts'
import { MetaCall } from './meta-call.ts'
import { Problem } from './problem.ts'
import type { RouteAnswer, RouteEntry } from './route-entry.ts'
import { errorsOf, routeGroups } from './routes.ts'
import { Tenant, TenantRequest } from './tenant.ts'

type Json = Record<string, unknown>

/** Shapes that have a name in the document; all others stand where they are used. */
const named = {
  AccessToken,
  Alert,
  ApiKey,
  ApiKeyRequest,
  ApiKeyWithSecret,
  AuditEntry,
  Automation,
  ConnectSession,
  ConnectSessionRequest,
  Connection,
  Conversation,
  Delivery,
  DoctorReport,
  Erasure,
  Finding,
  Flow,
  ImportOutcome,
  ImportReport,
  ImportRequest,
  HostEndpoint,
  HostEndpointRequest,
  HostEvent,
  HostEventBody,
  Me,
  Message,
  MetaCall,
  MetaSetup,
  Problem,
  RefreshAnswer,
  SendRequest,
  SweepResult,
  Tenant,
  TenantRequest,
  TokenStatus,
}

const names = z.registry<{ id: string }>()
for (const [id, schema] of Object.entries(named)) names.add(schema, { id })

/** The OpenAPI 3.1 document of every route, made from the table and the schemas the server itself reads with. */
export function buildOpenApi(serverUrl: string): Json {
  const components: Json = {}
  const paths: Record<string, Json> = {}
  for (const { name, routes } of routeGroups) {
    for (const route of routes) {
      const path = (paths[route.path] ??= {})
      path[route.method.toLowerCase()] = operationOf(route, name, components)
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Parley',
      version: '1',
      description:
        'Connects Instagram professional accounts to your product, keeps them connected, and holds the conversation.',
    },
    servers: [{ url: serverUrl }],
    tags: routeGroups.map(({ name, summary }) => ({ name, description: summary })),
    paths,
    webhooks: webhooksOf(components),
    components: {
      schemas: components,
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key.' },
        userJwt: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'Your own signed-in user: the token names the tenant.',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'parley.session_token',
          description: 'A signed-in operator; `__Secure-` before the name on https.',
        },
      },
    },
  }
}

/** What a host's own server is sent. */
function webhooksOf(components: Json): Json {
  const body = { 'application/json': { schema: jsonSchema(HostEventBody, 'output', components) } }
  const header = (name: string, description: string): Json => {
    return { name, in: 'header', required: true, description, schema: { type: 'string' } }
  }
  return Object.fromEntries(
    Object.entries(hostEventTypes).map(([type, summary]) => [
      type,
      {
        post: {
          tags: ['Host events'],
          summary,
          parameters: [
            header('webhook-id', 'The event’s id: the same however often it is sent.'),
            header('webhook-timestamp', 'Unix seconds of this attempt.'),
            header('webhook-signature', '`v1,` and a signature; one for each valid secret.'),
          ],
          requestBody: { required: true, content: body },
          responses: {
            '2XX': { description: 'Taken. Anything else is tried again, for three days.' },
            '410': { description: 'Nobody listens here any more: the endpoint is disabled.' },
          },
        },
      },
    ]),
  )
}

function operationOf(route: RouteEntry, tag: string, components: Json): Json {
  return {
    tags: [tag],
    operationId: operationIdOf(route),
    summary: route.summary,
    ...(route.notes === undefined ? {} : { description: route.notes }),
    security: securityOf(route),
    parameters: [...pathParameters(route), ...queryParameters(route, components)],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              'application/json': { schema: jsonSchema(route.body, 'input', components) },
            },
          },
        }),
    responses: { ...refusalsOf(route, components), ...answersOf(route, components) },
  }
}

/** `GET /v1/connections/{id}/token-status` → `getConnectionsIdTokenStatus`. */
function operationIdOf({ method, path }: RouteEntry): string {
  const words = path.replace(/^\/v1/, '').match(/[A-Za-z0-9]+/g) ?? []
  const camel = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  return method.toLowerCase() + camel
}

function securityOf({ access }: RouteEntry): Json[] {
  if (access.kind === 'operator') return [{ session: [] }]
  if (access.kind !== 'scope') return []
  const jwt = access.jwt ? [{ userJwt: [] }] : []
  return [{ apiKey: [access.scope] }, ...jwt, { session: [] }]
}

function pathParameters({ path }: RouteEntry): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

function queryParameters({ query }: RouteEntry, components: Json): Json[] {
  if (query === undefined) return []
  return Object.entries(query.shape).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema: jsonSchema(schema as z.ZodType, 'input', components),
  }))
}

function answersOf({ answers }: RouteEntry, components: Json): Json {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [status, answerOf(answer, components)]),
  )
}

function answerOf({ description, body, mediaType }: RouteAnswer, components: Json): Json {
  if (body !== undefined) {
    const schema = jsonSchema(body, 'output', components)
    return { description, content: { 'application/json': { schema } } }
  }
  if (mediaType === undefined) return { description }
  return { description, content: { [mediaType]: { schema: { type: 'string' } } } }
}

/** Codes with the same status share one entry. */
function refusalsOf(route: RouteEntry, components: Json): Json {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of errorsOf(route)) {
    const { status } = errors[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const schema = jsonSchema(Problem, 'output', components)
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${errors[code].title}`).join('. '),
        content: { 'application/problem+json': { schema } },
      },
    ]),
  )
}

/** Named shapes move to the components. What a request may leave out an answer has, so the two differ. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output', components: Json): Json {
  const wrapped = z.toJSONSchema(z.object({ it: schema }), {
    metadata: names,
    io,
    // More fields may be added to any answer; only what is strict by itself says otherwise.
    override({ zodSchema, jsonSchema: made }) {
      const { def } = zodSchema._zod
      if (def.type === 'object' && !('catchall' in def)) delete made.additionalProperties
    },
  })
  const suffix = (name: string): string =>
    io === 'input' && !name.endsWith('Request') ? `${name}Input` : name
  // The converter names shared shapes `#/$defs/<id>` and writes plain JSON.
  const text = JSON.stringify(wrapped).replace(
    /"#\/\$defs\/(\w+)"/g,
    (_, name: string) => `"#/components/schemas/${suffix(name)}"`,
  )
  const { $defs = {}, properties } = JSON.parse(text) as {
    $defs?: Record<string, Json>
    properties: { it: Json }
  }
  for (const [name, definition] of Object.entries($defs)) {
    const { id: _, ...shape } = definition
    components[suffix(name)] = shape
  }
  return properties.it
}
