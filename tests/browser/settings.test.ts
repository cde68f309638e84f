import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { hostReceiver } from '@parley/server/testing/host-receiver.ts'
import { ApiClient } from '#support/api-client.ts'
import {
  findOverflow,
  narrow,
  noBrowser,
  openBrowser,
  openContext,
  takePicture,
  wide,
} from '#support/browser.ts'
import { connectAccount } from '#support/connect-over-http.ts'
import { startDemo } from '#support/demo.ts'
import { eventually } from '#support/eventually.ts'
import { spawnParley } from '#support/spawn-parley.ts'

const ACCOUNT = 'lumen.chiro'
const VERIFY_TOKEN = 'the-verify-token-of-this-demo'

test(
  'whoever runs the installation sees and mends it in the dashboard',
  { skip: noBrowser },
  async (t) => {
    await using receiver = await hostReceiver()
    await using demo = await startDemo({
      HOST_PRIVATE_TARGETS: receiver.target,
      INSTAGRAM_WEBHOOK_VERIFY_TOKEN: VERIFY_TOKEN,
    })
    await using browser = await openBrowser()
    const { context, complaints } = await openContext(browser)
    const desk = await context.newPage()
    await connectAccount(demo, 'lumen', ACCOUNT)
    // Each step stands on the one before it: after a failure the rest would only wait.
    let isBroken = false
    const step = async (name: string, work: (t: TestContext) => Promise<void>): Promise<void> => {
      if (isBroken) return
      isBroken = true
      await t.test(name, async (t) => {
        await work(t)
        isBroken = false
      })
    }

    await step('the doctor says what is wrong, and what to paste', async () => {
      await desk.goto(await demo.welcomeLink())
      await desk.getByLabel('Your name').fill('Olivia Owner')
      await desk.getByLabel('Email').fill('olivia@example.com')
      await desk.getByLabel('Password', { exact: true }).fill('a-long-password-1')
      await desk.getByRole('button', { name: 'Create account' }).click()
      const main = desk.getByRole('navigation', { name: 'Main' })
      await main.getByRole('link', { name: 'Settings' }).click()
      await desk.getByRole('heading', { name: 'Doctor' }).waitFor()
      await desk.getByText('Not looked yet').waitFor()
      await fitsBothWays(desk, 'doctor-new')
      await desk.getByRole('button', { name: 'Run all checks' }).click()
      const findings = desk.getByRole('list', { name: 'Findings' })
      await findings.getByText(/Meta cannot reach it, so webhooks will not come/).waitFor()
      const fine = desk.getByRole('list', { name: 'What is fine' })
      await desk.getByText(/more checks found nothing wrong/).click()
      await fine.getByText(/answers with the verify token of these settings/).waitFor()
      await desk.getByText(`${demo.url}/oauth/facebook/callback`, { exact: true }).first().waitFor()
      await desk
        .getByText(`${demo.url}/webhooks/meta/data-deletion`, { exact: true })
        .first()
        .waitFor()
      assert.equal(await desk.getByText(VERIFY_TOKEN).count(), 0)
      await desk.getByRole('button', { name: 'Show verify token' }).click()
      await desk.getByText(VERIFY_TOKEN, { exact: true }).waitFor()
      await desk.getByRole('heading', { name: 'Doctor' }).scrollIntoViewIfNeeded()
      await fitsBothWays(desk, 'doctor')
      await desk.getByRole('button', { name: 'Hide' }).click()
      await desk.getByText(VERIFY_TOKEN).waitFor({ state: 'detached' })

      const elsewhere = { redirectUris: ['https://elsewhere.example/cb'] }
      await demo.simulator.post('/apps', { facebook: elsewhere })
      await desk.getByRole('button', { name: 'Run all checks' }).click()
      const planted = findings
        .getByRole('listitem')
        .filter({ hasText: 'Facebook redirect address' })
      await planted.getByText(`${demo.url}/oauth/facebook/callback`, { exact: true }).waitFor()
      await planted.getByRole('button', { name: 'Copy facebook redirect address' }).waitFor()
      await desk.getByRole('heading', { name: 'Doctor' }).scrollIntoViewIfNeeded()
      await fitsBothWays(desk, 'doctor-finding')
    })

    await step(
      'what Meta calls appears by itself, a wrong signature with what is likely wrong',
      async () => {
        // Gone with the next load of the page.
        await desk.evaluate('window.stillTheSamePage = true')
        const calls = desk.getByRole('list', { name: 'Calls' })
        const anybody = new ApiClient(demo.url)
        const forged = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }
        const refused = await anybody.call(
          'POST',
          '/webhooks/instagram',
          '{"object":"instagram"}',
          forged,
        )
        assert.equal(refused.status, 401)
        await calls.getByText('It was signed with a secret these settings do not hold.').waitFor()
        await desk.getByText('The newest delivery was refused for its signature').waitFor()
        await calls.getByText(/Compare INSTAGRAM_APP_SECRET and FACEBOOK_APP_SECRET/).waitFor()
        const query = new URLSearchParams({
          'hub.mode': 'subscribe',
          'hub.verify_token': 'guessed',
          'hub.challenge': '17',
        })
        assert.equal(
          (await anybody.call('GET', `/webhooks/instagram?${query.toString()}`)).status,
          403,
        )
        await calls.getByText(/verify token was another/).waitFor()
        query.set('hub.verify_token', VERIFY_TOKEN)
        assert.equal(
          (await anybody.call('GET', `/webhooks/instagram?${query.toString()}`)).text,
          '17',
        )
        // The simulator's own, when it started; of the same within a minute one line is kept.
        await calls
          .getByText(/challenge was answered/)
          .first()
          .waitFor()
        await demo.simulator.write('ana', ACCOUNT, 'hello')
        await calls.getByRole('link').filter({ hasText: 'Message stored' }).first().waitFor()
        await desk.getByText('The newest delivery was refused').waitFor({ state: 'hidden' })
        const seen = desk.getByRole('list', { name: 'Seen so far' }).getByRole('listitem')
        await seen.filter({ hasText: 'First real event' }).locator('time').waitFor()
        await seen.filter({ hasText: 'Handshake' }).locator('time').waitFor()
        await seen
          .filter({ hasText: 'Test event' })
          .getByText(/Press “Test”/)
          .waitFor()
        await desk.getByRole('navigation', { name: 'Filter calls' }).getByText('Refused').click()
        await calls.getByRole('link').first().waitFor({ state: 'hidden' })
        await calls.getByText(/verify token was another/).waitFor()
        assert.equal(await calls.getByRole('listitem').count(), 2)
        assert.equal(await desk.evaluate('window.stillTheSamePage'), true)
        await desk.getByRole('navigation', { name: 'Filter calls' }).getByText('All').click()
        await calls.scrollIntoViewIfNeeded()
        await fitsBothWays(desk, 'doctor-calls')
      },
    )

    await step('an endpoint of the host is made, told, and told again', async () => {
      await openSettings(desk, 'Host endpoints')
      await desk.getByText('No endpoint yet').waitFor()
      await desk.getByRole('button', { name: 'Add endpoint' }).click()
      const dialog = desk.getByRole('dialog', { name: 'Add a host endpoint' })
      await dialog.getByLabel('Address').fill('https://127.0.0.1/hook')
      await dialog.getByRole('button', { name: 'Add endpoint' }).click()
      await dialog.getByRole('alert').waitFor()
      await dialog.getByLabel('Address').fill(receiver.url)
      await dialog.getByLabel('Tenant').selectOption('lumen')
      await dialog.getByLabel('Every event, also those to come').uncheck()
      for (const type of ['message.received', 'message.sent']) await dialog.getByLabel(type).check()
      await fitsBothWays(desk, 'endpoint-new')
      await dialog.getByRole('button', { name: 'Add endpoint' }).click()
      await dialog.getByText('Shown now and never again').waitFor()
      const secret = await dialog.getByText(/^whsec_/).textContent()
      await fitsBothWays(desk, 'endpoint-secret')
      await dialog.getByRole('button', { name: 'I have kept it' }).click()
      assert.equal(await desk.getByText(/whsec_/).count(), 0)
      await fitsBothWays(desk, 'endpoints')

      await desk.getByRole('link', { name: receiver.url }).click()
      await demo.simulator.write('ana', ACCOUNT, 'are you there?')
      const events = desk.getByRole('list', { name: 'Events' }).getByRole('listitem')
      const heard = events.filter({ hasText: 'message.received' }).first()
      await heard.getByText('Delivered').waitFor()
      const [first] = receiver.received.filter(({ json }) => json.type === 'message.received')
      assert.ok(first && secret !== null)
      receiver.verify(secret, first)
      await heard.getByRole('button', { name: 'Replay' }).click()
      const again = await eventually('it is told again', async () =>
        receiver.received.filter(({ json }) => json.id === first.json.id).at(1),
      )
      receiver.verify(secret, again)
      await heard.getByText('Delivered').waitFor()
      await fitsBothWays(desk, 'endpoint')

      await desk.getByRole('button', { name: 'New secret' }).click()
      await desk.getByRole('button', { name: 'Make a new secret' }).click()
      const rolled = await desk.getByText(/^whsec_/).textContent()
      assert.notEqual(rolled, secret)
      await desk.getByRole('button', { name: 'I have kept it' }).click()
      await desk.getByRole('button', { name: 'Disable' }).click()
      await desk.getByRole('button', { name: 'Enable' }).waitFor()
      await desk.getByText('Disabled', { exact: true }).waitFor()
    })

    await step('a key may do what it was made for, until it is revoked', async () => {
      await openSettings(desk, 'API keys')
      await desk.getByRole('button', { name: 'Make key' }).click()
      const dialog = desk.getByRole('dialog', { name: 'Make an API key' })
      await dialog.getByLabel('Name').fill('the website')
      await dialog.getByLabel('messages:read').check()
      await fitsBothWays(desk, 'api-key-new')
      await dialog.getByRole('button', { name: 'Make key' }).click()
      await dialog.getByText('Shown now and never again').waitFor()
      const secret = (await dialog.locator('code').textContent()) ?? ''
      await dialog.getByRole('button', { name: 'I have kept it' }).click()
      const website = new ApiClient(demo.url, secret)
      assert.equal((await website.call('GET', '/v1/conversations')).status, 200)
      assert.equal((await website.call('GET', '/v1/audit-log')).status, 403)
      const row = desk.getByRole('list', { name: 'API keys' }).getByRole('listitem')
      await row.filter({ hasText: 'the website' }).getByText('messages:read').waitFor()
      await fitsBothWays(desk, 'api-keys')
      await row.getByRole('button', { name: 'Revoke' }).click()
      const asking = desk.getByRole('dialog', { name: 'Revoke the website?' })
      await asking.getByRole('button', { name: 'Revoke', exact: true }).click()
      await row.getByText('Revoked').waitFor()
      assert.equal((await website.call('GET', '/v1/conversations')).status, 401)
    })

    await step('an alert is open until its cause is gone, and past then', async () => {
      await openSettings(desk, 'Alerts')
      await desk.getByText('Nothing needs you').waitFor()
      await fitsBothWays(desk, 'alerts-none')
      await demo.simulator.post('/tokens/revoke', { account: ACCOUNT, subcode: 460 })
      const { data } = await demo.api.take<{ data: { id: string }[] }>('GET', '/v1/connections')
      await demo.api.call('POST', `/v1/connections/${data[0]?.id}/check`, {})
      const alerts = desk.getByRole('list', { name: 'Alerts' })
      await alerts.getByText(/@lumen\.chiro is disconnected/).waitFor()
      await fitsBothWays(desk, 'alerts')
      await connectAccount(demo, 'lumen', ACCOUNT)
      await desk.getByText('Nothing needs you').waitFor()
      await desk.getByRole('navigation', { name: 'Filter alerts' }).getByText('Past').click()
      await alerts.getByText(/@lumen\.chiro is disconnected/).waitFor()
    })

    await step('how long a tenant’s messages are kept is set', async () => {
      await openSettings(desk, 'Tenants')
      await fitsBothWays(desk, 'tenants')
      await desk.getByRole('list', { name: 'Tenants' }).getByRole('link').first().click()
      const form = desk.getByRole('form', { name: 'Tenant' })
      await form.getByLabel('Messages are kept, in days').fill('0')
      await form.getByRole('button', { name: 'Save' }).click()
      await form.getByRole('alert').waitFor()
      await form.getByLabel('Messages are kept, in days').fill('400')
      await form.getByRole('button', { name: 'Save' }).click()
      await desk.getByText('Saved', { exact: true }).waitFor()
      const tenant = await demo.api.take<{ retention: object; defaultAutomation: object | null }>(
        'GET',
        '/v1/tenants/lumen',
      )
      assert.deepEqual(tenant.retention, {
        messagesDays: 400,
        deliveriesDays: null,
        mediaDays: null,
      })
      assert.ok(tenant.defaultAutomation !== null)
      await fitsBothWays(desk, 'tenant')
      const download = desk.waitForEvent('download')
      await desk.getByRole('link', { name: 'Export' }).click()
      assert.equal((await download).suggestedFilename(), 'export.jsonl')
    })

    await step('the audit log says who did it', async () => {
      await openSettings(desk, 'Audit log')
      const lines = desk.getByRole('list', { name: 'Audit log' }).getByRole('listitem')
      await lines
        .filter({ hasText: 'verify_token.shown' })
        .getByText('Olivia Owner (you)')
        .waitFor()
      await fitsBothWays(desk, 'audit')
      await desk.getByLabel('Action').fill('api_key.revoked')
      await desk.getByRole('button', { name: 'Filter' }).click()
      await lines.filter({ hasText: 'verify_token.shown' }).waitFor({ state: 'hidden' })
      await lines.filter({ hasText: 'api_key.revoked' }).waitFor()
      assert.equal(await lines.count(), 1)
      const download = desk.waitForEvent('download')
      await desk.getByRole('link', { name: 'Export' }).click()
      assert.equal((await download).suggestedFilename(), 'audit-log.jsonl')
    })

    await step('the keys are shown by name, and how to rotate them', async () => {
      await openSettings(desk, 'Encryption')
      const masters = desk.getByRole('list', { name: 'Master keys' }).getByRole('listitem')
      await masters.getByText('Wraps new ones').waitFor()
      await masters.getByText(/^\d+ data keys under it$/).waitFor()
      await desk.getByText('npm run parley -- keys rotate --master', { exact: true }).waitFor()
      await fitsBothWays(desk, 'encryption')
    })

    await step('an agent sees the alerts, and nothing of the installation', async () => {
      await using command = await spawnParley({
        folder: demo.folder,
        args: ['operators', 'link', '--role', 'agent'],
        env: { PORT: new URL(demo.url).port },
      })
      assert.equal(await command.exited(), 0, command.printed())
      const link = /http:\/\/\S+\/welcome\/\S+/.exec(command.printed())?.[0]
      const other = await openContext(browser)
      const page = await other.context.newPage()
      await page.goto(link ?? '')
      await page.getByLabel('Your name').fill('Alex Agent')
      await page.getByLabel('Email').fill('alex@example.com')
      await page.getByLabel('Password', { exact: true }).fill('a-long-password-1')
      await page.getByRole('button', { name: 'Create account' }).click()
      await page.getByRole('link', { name: 'Settings' }).click()
      await page.getByRole('heading', { name: 'Alerts' }).waitFor()
      const ways = page.getByRole('navigation', { name: 'Settings' }).getByRole('link')
      assert.deepEqual(await ways.allTextContents(), ['Alerts'])
      await page.goto(`${demo.url}/settings/doctor`)
      await page.getByRole('heading', { name: 'Alerts' }).waitFor()
      assert.equal(await page.getByText('/webhooks/instagram').count(), 0)
      await other.context.close()
    })

    await step('a person is erased, after their name was typed', async () => {
      await desk.goto(`${demo.url}/inbox`)
      const row = desk.getByRole('list', { name: 'Conversations' }).getByRole('link').first()
      await row.click()
      const messages = desk.getByRole('region', { name: 'Messages' })
      await messages.getByText('are you there?', { exact: true }).waitFor()
      await desk.getByRole('button', { name: 'Erase this person' }).click()
      const dialog = desk.getByRole('dialog', { name: /^Erase / })
      const erase = dialog.getByRole('button', { name: 'Erase', exact: true })
      assert.equal(await erase.getAttribute('aria-disabled'), 'true')
      await dialog.getByLabel(/^Type /).fill('Ana Ribeiro')
      await fitsBothWays(desk, 'erase-person')
      await erase.click()
      await messages.getByText('are you there?', { exact: true }).waitFor({ state: 'hidden' })
    })

    await step('a tenant is erased, and the page shows it to its end', async () => {
      await desk.goto(`${demo.url}/settings/tenants/lumen`)
      await desk.getByRole('button', { name: 'Erase' }).click()
      const dialog = desk.getByRole('dialog', { name: /^Erase / })
      await dialog.getByLabel('Type lumen to go on').fill('lumen')
      await dialog.getByRole('button', { name: 'Erase everything' }).click()
      await desk.getByText('Everything is erased').waitFor()
      await fitsBothWays(desk, 'tenant-erased')
      const receipt = await desk.getByRole('link', { name: /\/data-deletion\// }).textContent()
      await openSettings(desk, 'Tenants')
      await desk.getByText('No tenant yet').waitFor()
      await desk.goto(receipt ?? '')
      await desk.getByText('This page is your receipt.').waitFor()
      await fitsBothWays(desk, 'data-deletion')
    })

    // The browser complains of every 4xx; these were asked for.
    const asked = [`/v1/host-endpoints`, '/v1/tenants/lumen']
    assert.deepEqual(
      complaints.filter((text) => !asked.some((path) => text.includes(`${path})`))),
      [],
    )
  },
)

async function openSettings(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name }).click()
  await page.getByRole('heading', { name, level: 1 }).waitFor()
}

/** Measures a page wide and narrow, and takes its picture; wide in the dark too. */
async function fitsBothWays(page: Page, name: string): Promise<void> {
  for (const [suffix, viewport, colorScheme] of [
    ['-390', narrow, 'light'],
    ['-dark', wide, 'dark'],
    ['', wide, 'light'],
  ] as const) {
    await page.setViewportSize(viewport)
    await page.emulateMedia({ colorScheme })
    assert.deepEqual(await findOverflow(page), [], `${name}${suffix}`)
    await takePicture(page, `${name}${suffix}`)
  }
}
