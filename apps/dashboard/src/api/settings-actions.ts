import { z } from 'zod'
import { ApiKeyWithSecret } from '@parley/contract/api-key.ts'
import type { ApiKeyRequest } from '@parley/contract/api-key.ts'
import { VerifyToken } from '@parley/contract/doctor.ts'
import { Erasure } from '@parley/contract/erasure.ts'
import { HostEndpointWithSecret, RolledSecret } from '@parley/contract/host-endpoint.ts'
import type { HostEndpointChange, HostEndpointRequest } from '@parley/contract/host-endpoint.ts'
import { Tenant } from '@parley/contract/tenant.ts'
import type { TenantRequest } from '@parley/contract/tenant.ts'
import { api } from '#paths.ts'
import { call } from './client.ts'

/** What the server answers here is read again by a query, so its shape does not matter. */
const Done = z.unknown()

export const showVerifyToken = () => call(VerifyToken, api.verifyToken(), { method: 'POST' })

export const createEndpoint = (body: HostEndpointRequest) =>
  call(HostEndpointWithSecret, api.endpoints(), { method: 'POST', body })

export const changeEndpoint = (id: string, body: HostEndpointChange) =>
  call(Done, api.endpoint(id), { method: 'PATCH', body })

export const removeEndpoint = (id: string) => call(Done, api.endpoint(id), { method: 'DELETE' })

export const rollSecret = (id: string) =>
  call(RolledSecret, api.rollSecret(id), { method: 'POST', body: {} })

export const replayEvent = (id: string, endpointId: string) =>
  call(Done, api.replayEvent(id), { method: 'POST', body: { endpointId } })

export const createApiKey = (body: ApiKeyRequest) =>
  call(ApiKeyWithSecret, api.apiKeys(), { method: 'POST', body })

export const revokeApiKey = (id: string) => call(Done, api.apiKey(id), { method: 'DELETE' })

export const saveTenant = (id: string, body: TenantRequest) =>
  call(Tenant, api.tenant(id), { method: 'PUT', body })

export const eraseTenant = (id: string) => call(Erasure, api.tenant(id), { method: 'DELETE' })

export const erasePerson = (conversationId: string) =>
  call(Erasure, api.person(conversationId), { method: 'DELETE' })
