import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  findOverflow,
  narrow,
  noBrowser,
  openBrowser,
  openContext,
  takePicture,
} from '#support/browser.ts'
import { connectAccount } from '#support/connect-over-http.ts'
import { startDemo } from '#support/demo.ts'
import { eventually } from '#support/eventually.ts'

type Connection = { status: string; reason: string | null }

test(
  'an owner removes the app, asks for deletion, and reads the receipt',
  { skip: noBrowser },
  async (t) => {
    await using demo = await startDemo()
    await using browser = await openBrowser()
    const { context, complaints } = await openContext(browser)
    const id = await connectAccount(demo, 'lumen', 'lumen.chiro')
    await demo.simulator.write('ana', 'lumen.chiro', 'Hello')
    await eventually(
      'the clinic answers',
      async () => (await demo.simulator.answers('lumen.chiro', 'ana')).length > 0,
    )
    const page = await context.newPage()
    await page.goto(demo.simulator.url)
    const pane = page.locator('#pane')
    const consent = pane.locator('.consent').filter({ hasText: 'Instagram login' })

    await t.test('the test buttons of the dashboard are answered, and end nothing', async () => {
      await pane.locator('summary', { hasText: 'Apps' }).last().click()
      const callbacks = pane.locator('.callback').filter({ hasText: 'Instagram login' })
      await callbacks.getByRole('button', { name: 'Test deauthorize' }).click()
      await page.locator('#paneNote').getByText('Test deauthorize: done').waitFor()
      await callbacks.getByRole('button', { name: 'Test deletion' }).click()
      await page.locator('#deletionReceipt').getByRole('link').waitFor()
      const found = await demo.api.take<Connection>('GET', `/v1/connections/${id}`)
      assert.equal(found.status, 'active')
    })

    await t.test('removing the app revokes the connection at once', async () => {
      await consent.getByRole('button', { name: 'Remove' }).click()
      // Meta's call has been answered.
      await page.locator('#paneNote').getByText('Remove: done').waitFor()
      await consent.getByText('not allowed').waitFor()
      const found = await demo.api.take<Connection>('GET', `/v1/connections/${id}`)
      assert.deepEqual([found.status, found.reason], ['revoked', 'deauthorized'])
      await page.locator('#pane').scrollIntoViewIfNeeded()
      await takePicture(page, 'apps-and-websites')
    })

    await t.test('the request’s page is the receipt, on a phone and without scripts', async () => {
      const told = page.waitForResponse('**/simulator/data-deletion')
      await consent.getByRole('button', { name: 'Request data deletion' }).click()
      // As the simulator's README has it: what the product answered Meta.
      const { body } = (await (await told).json()) as { body: string }
      const { url: href } = JSON.parse(body) as { url: string }
      assert.ok(href.startsWith(`${demo.url}/data-deletion/`))
      await page.locator(`#deletionReceipt a[href="${href}"]`).waitFor()
      const plain = await browser.newContext({ javaScriptEnabled: false, viewport: narrow })
      const receipt = await plain.newPage()
      await receipt.goto(href)
      // It looks again by itself.
      await receipt.getByRole('heading', { name: 'Your data was deleted' }).waitFor()
      await plain.close()
      await page.setViewportSize(narrow)
      await page.goto(href)
      await page.getByRole('heading', { name: 'Your data was deleted' }).waitFor()
      assert.deepEqual(await findOverflow(page), [])
      await takePicture(page, 'data-deletion-390')
      const gone = await demo.api.call('GET', `/v1/connections/${id}`)
      assert.equal(gone.status, 404)
      const { data } = await demo.api.take<{ data: unknown[] }>('GET', '/v1/conversations')
      assert.deepEqual(data, [])
    })
    assert.deepEqual(complaints, [])
  },
)
