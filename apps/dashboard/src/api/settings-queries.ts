import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { QueryKey } from '@tanstack/react-query'
import type { z } from 'zod'
import { Alert } from '@parley/contract/alert.ts'
import { ApiKey } from '@parley/contract/api-key.ts'
import { AuditEntry } from '@parley/contract/audit.ts'
import { DoctorReport, MetaSetup } from '@parley/contract/doctor.ts'
import { EncryptionKeys } from '@parley/contract/encryption-keys.ts'
import { Erasure } from '@parley/contract/erasure.ts'
import { HostEndpoint } from '@parley/contract/host-endpoint.ts'
import { HostEvent } from '@parley/contract/host-event.ts'
import { listOf } from '@parley/contract/list.ts'
import { MetaCall } from '@parley/contract/meta-call.ts'
import { Tenant } from '@parley/contract/tenant.ts'
import { api } from '#paths.ts'
import type { AuditFilter, CallFilter, TellingState } from '#paths.ts'
import { call } from './client.ts'
import { keys } from './keys.ts'

const ROWS_PER_PAGE = 50
/** The doctor asks Meta many things, each with its own patience. */
const DOCTOR_TIMEOUT_MS = 90_000
const ERASURE_PAUSE_MS = 2_000
const EVENTS_PAUSE_MS = 3_000

/** A list without an end, read page by page. */
function pagesOf<Item extends z.ZodType>(
  queryKey: QueryKey,
  item: Item,
  urlOf: (page: { limit: number; cursor: string | undefined }) => string,
) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ signal, pageParam }) =>
      call(listOf(item), urlOf({ limit: ROWS_PER_PAGE, cursor: pageParam }), { signal }),
    // The type is what later pages bring: inference sees only this value.
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  })
}

export const setupQuery = () =>
  queryOptions({
    queryKey: keys.setup(),
    queryFn: ({ signal }) => call(MetaSetup, api.doctor(), { signal }),
  })

/** Only when it is asked for; what was found stays until it is asked again. */
export const doctorQuery = () =>
  queryOptions({
    queryKey: keys.doctor(),
    queryFn: ({ signal }) =>
      call(DoctorReport, api.doctor(), { method: 'POST', signal, timeoutMs: DOCTOR_TIMEOUT_MS }),
    enabled: false,
    retry: false,
    staleTime: Infinity,
    gcTime: Infinity,
  })

export const metaCallsQuery = (show: CallFilter | undefined) =>
  pagesOf([...keys.metaCalls(), show], MetaCall, (page) =>
    api.metaCalls({
      ...page,
      ...(show === 'refused' ? { outcome: show } : { kind: show }),
    }),
  )

export const endpointsQuery = (tenantId: string | undefined) =>
  pagesOf([...keys.endpoints(), tenantId], HostEndpoint, (page) =>
    api.endpoints({ ...page, tenantId }),
  )

export const endpointQuery = (id: string) =>
  queryOptions({
    queryKey: keys.endpoint(id),
    queryFn: ({ signal }) => call(HostEndpoint, api.endpoint(id), { signal }),
  })

/** Asked again while it is looked at: the stream does not tell of each telling, it would be one more for every event. */
export const hostEventsQuery = (endpointId: string, state: TellingState | undefined) => ({
  ...pagesOf([...keys.hostEvents(), endpointId, state], HostEvent, (page) =>
    api.hostEvents({ ...page, endpointId, state }),
  ),
  refetchInterval: EVENTS_PAUSE_MS,
})

export const apiKeysQuery = () => pagesOf(keys.apiKeys(), ApiKey, (page) => api.apiKeys(page))

export const tenantsQuery = () => pagesOf(keys.tenants(), Tenant, (page) => api.tenants(page))

export const tenantQuery = (id: string) =>
  queryOptions({
    queryKey: keys.tenant(id),
    queryFn: ({ signal }) => call(Tenant, api.tenant(id), { signal }),
  })

/** Read again until it is done. */
export const erasureQuery = (erasure: Erasure) =>
  queryOptions({
    queryKey: keys.erasure(erasure.id),
    queryFn: ({ signal }) => call(Erasure, api.erasure(erasure.id), { signal }),
    initialData: erasure,
    refetchInterval: ({ state }) => (state.data?.status === 'done' ? false : ERASURE_PAUSE_MS),
  })

export const encryptionKeysQuery = () =>
  queryOptions({
    queryKey: keys.encryptionKeys(),
    queryFn: ({ signal }) => call(EncryptionKeys, api.encryptionKeys(), { signal }),
  })

export const alertsQuery = (state: 'open' | 'resolved', tenantId: string | undefined) =>
  pagesOf([...keys.alerts(), 'pages', state, tenantId], Alert, (page) =>
    api.alerts({ ...page, state, tenantId }),
  )

export const auditQuery = (filter: AuditFilter & { tenantId: string | undefined }) =>
  pagesOf([...keys.audit(), filter], AuditEntry, (page) => {
    const { subject, ...rest } = filter
    return api.audit({ ...page, ...rest, subjectId: subject })
  })
