import { DoctorReport, MetaSetup, VerifyToken } from '@parley/contract/doctor.ts'
import { EncryptionKeys } from '@parley/contract/encryption-keys.ts'
import { listOf } from '@parley/contract/list.ts'
import { MetaCall, MetaCallQuery } from '@parley/contract/meta-call.ts'
import { forScope } from '@parley/contract/route-entry.ts'
import type { RouteGroup } from '@parley/contract/route-entry.ts'

const operate = forScope('operate')

export const operatingGroup: RouteGroup = {
  name: 'Doctor',
  summary:
    'What Meta must be given, what is wrong, and what Meta called. For owners of the whole server.',
  routes: [
    {
      method: 'GET',
      path: '/v1/doctor',
      summary: 'What to enter in Meta’s dashboard, and what has come from there',
      access: operate,
      answers: { 200: { description: 'The exact values', body: MetaSetup } },
      errors: ['auth/instance-only'],
    },
    {
      method: 'POST',
      path: '/v1/doctor',
      summary: 'Look at everything that can be wrong, here and at Meta',
      notes:
        'The same as `parley doctor`. Changes nothing. May take half a minute; callers at the same time share a look.',
      access: operate,
      answers: { 200: { description: 'What was found', body: DoctorReport } },
      errors: ['auth/instance-only'],
    },
    {
      method: 'POST',
      path: '/v1/doctor/verify-token',
      summary: 'The verify token, to paste into Meta’s dashboard',
      notes: 'Leaves an audit line.',
      access: operate,
      answers: { 200: { description: 'The token', body: VerifyToken } },
      errors: ['auth/instance-only'],
    },
    {
      method: 'GET',
      path: '/v1/meta-calls',
      summary: 'What Meta called, newest first',
      notes:
        'Deliveries as long as they are kept. Of what is refused, one line a minute and address.',
      access: operate,
      query: MetaCallQuery,
      answers: { 200: { description: 'One page', body: listOf(MetaCall) } },
      errors: ['auth/instance-only'],
    },
    {
      method: 'GET',
      path: '/v1/encryption-keys',
      summary: 'Which master keys are needed, and rotations under way',
      notes: 'Names and counts. Keys are rotated by `parley keys rotate`.',
      access: operate,
      answers: { 200: { description: 'The keys', body: EncryptionKeys } },
      errors: ['auth/instance-only'],
    },
  ],
}
