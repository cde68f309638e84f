import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { alertSettings, toAlertConfig } from './alert-settings.ts'

const schema = z.object(alertSettings)
const read = (given: Record<string, string>) => toAlertConfig(schema.parse(given))

test('without a setting the published figures hold', () => {
  assert.deepEqual(read({}), {
    mailTo: [],
    errorRatePercent: 5,
    errorRateCalls: 20,
    usedPercent: 80,
    webhookFailures: 10,
    signatureFailures: 10,
    tokenReads: 50,
    tokenDays: [14, 7, 3, 1],
    dataAccessDays: [14, 7, 3, 1],
    apiVersionDays: 180,
    digest: { day: 0, minute: 480 },
    digestTo: ['owners', 'tenants'],
  })
})

test('every figure may be set, or be off', () => {
  const set = read({
    ALERT_MAIL_TO: 'ops@parley.example, ada@parley.example',
    ALERT_ERROR_RATE: '20',
    ALERT_ERROR_RATE_CALLS: '100',
    ALERT_TOKEN_DAYS: '7',
    ALERT_DIGEST: 'Sun 23:59',
    ALERT_DIGEST_TO: 'owners',
  })
  assert.deepEqual(set.mailTo, ['ops@parley.example', 'ada@parley.example'])
  assert.deepEqual([set.errorRatePercent, set.errorRateCalls, set.tokenDays], [20, 100, [7]])
  assert.deepEqual([set.digest, set.digestTo], [{ day: 6, minute: 1439 }, ['owners']])
  const names = Object.keys(alertSettings).filter(
    (name) => !/MAIL_TO|RATE_CALLS|DIGEST_TO/.test(name),
  )
  assert.equal(names.length, 9)
  const off = read(Object.fromEntries(names.map((name) => [name, 'off'])))
  assert.deepEqual(
    [off.errorRatePercent, off.usedPercent, off.webhookFailures, off.signatureFailures],
    [undefined, undefined, undefined, undefined],
  )
  assert.deepEqual(
    [off.tokenReads, off.apiVersionDays, off.digest],
    [undefined, undefined, undefined],
  )
  assert.deepEqual([off.tokenDays, off.dataAccessDays], [[], []])
})

test('a figure that is none is refused by its name, with how it should be', () => {
  const wrong = {
    ALERT_MAIL_TO: 'ops',
    ALERT_ERROR_RATE: '101',
    ALERT_ERROR_RATE_CALLS: '0',
    ALERT_USAGE: '8e1',
    ALERT_WEBHOOK_FAILURES: '-1',
    ALERT_TOKEN_DAYS: '14,soon',
    ALERT_API_VERSION_DAYS: '0',
    ALERT_DIGEST: 'Monday 8:00',
    ALERT_DIGEST_TO: 'everybody',
  }
  const { error } = schema.safeParse(wrong)
  assert.ok(error)
  const named = new Set(error.issues.map(({ path }) => String(path[0])))
  assert.deepEqual([...named].toSorted(), Object.keys(wrong).toSorted())
  assert.match(z.prettifyError(error), /a weekday and a time such as Mon 08:00, or off/)
})
