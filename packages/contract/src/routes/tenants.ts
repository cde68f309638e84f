import { ListQuery, listOf } from '@parley/contract/list.ts'
import { forScope } from '@parley/contract/route-entry.ts'
import type { RouteGroup } from '@parley/contract/route-entry.ts'
import { Tenant, TenantRequest } from '@parley/contract/tenant.ts'

export const tenantGroup: RouteGroup = {
  name: 'Tenants',
  summary: 'Your customers, under your own ids.',
  routes: [
    {
      method: 'PUT',
      path: '/v1/tenants/{tenantId}',
      summary: 'Create or replace a tenant',
      notes:
        'The id is yours. `defaultAutomation` is copied to a connection when it first connects. What is left out takes its default.',
      access: forScope('operate'),
      body: TenantRequest,
      answers: {
        200: { description: 'Replaced', body: Tenant },
        201: { description: 'Created', body: Tenant },
      },
      errors: [
        'tenants/return-url-invalid',
        'tenants/not-found',
        'tenants/being-erased',
        'automation/flow-invalid',
        'automation/responder-unavailable',
      ],
    },
    {
      method: 'GET',
      path: '/v1/tenants',
      summary: 'List tenants, newest first',
      access: forScope('operate'),
      query: ListQuery,
      answers: { 200: { description: 'One page', body: listOf(Tenant) } },
      errors: [],
    },
    {
      method: 'GET',
      path: '/v1/tenants/{tenantId}',
      summary: 'One tenant',
      access: forScope('operate'),
      answers: { 200: { description: 'The tenant', body: Tenant } },
      errors: ['tenants/not-found'],
    },
  ],
}
