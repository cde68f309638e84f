import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import {
  findOverflow,
  narrow,
  noBrowser,
  openBrowser,
  openContext,
  takePicture,
  wide,
} from '#support/browser.ts'
import { startDemo } from '#support/demo.ts'
import { eventually } from '#support/eventually.ts'

const CLICKS_MAX = 2
/** A callback nobody began. */
const NOBODY = '/oauth/instagram/callback?code=nobody&state=nobody'
const PASSWORD = 'a-long-password-1'

test('from the first start to a person at the desk', { skip: noBrowser }, async (t) => {
  await using demo = await startDemo()
  await using browser = await openBrowser()
  // Two people: of two pages in one window, the one behind is drawn once a second.
  const operator = await openContext(browser)
  const person = await openContext(browser)
  const desk = await operator.context.newPage()
  const phone = await person.context.newPage()
  const welcome = await demo.welcomeLink()
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

  await step('the one-time link makes the owner, once', async () => {
    await desk.goto(welcome)
    await fitsBothWays(desk, 'welcome')
    await fillWelcome(desk, 'Olivia Owner', 'olivia@example.com')
    await desk.getByRole('button', { name: 'Account of Olivia Owner' }).waitFor()
    await desk.getByText('No account is connected').waitFor()

    const stranger = await openContext(browser)
    const page = await stranger.context.newPage()
    await page.goto(welcome)
    await fillWelcome(page, 'Second', 'second@example.com')
    await page.getByRole('alert').waitFor()
    assert.equal(await page.getByRole('button', { name: /^Account of/ }).count(), 0)
    await page.goto(`${demo.url}/deliveries`)
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await fitsBothWays(page, 'sign-in')
    await stranger.context.close()
  })

  await step('Instagram login: connected after two clicks and the consent', async () => {
    await openTab(desk, 'Connections')
    await desk.getByText('No account is connected yet').waitFor()
    const clicks = new Clicks()
    await clicks.press(desk.getByRole('button', { name: 'Connect Instagram', exact: true }))
    await clicks.press(desk.getByRole('button', { name: 'Continue with Instagram' }))
    const allow = desk.getByRole('button', { name: 'Allow' })
    await allow.waitFor()
    assert.ok(clicks.count <= CLICKS_MAX, `${clicks.count} clicks`)
    assert.ok(desk.url().startsWith(`${demo.simulator.url}/www.instagram.com/`), desk.url())
    await allow.click()
    const card = desk.getByRole('article', { name: '@lumen.chiro' })
    await card.getByText('Instagram connected').waitFor()
    await card.getByText(/^Connected \d/).waitFor()
    await card.getByRole('button', { name: 'Disconnect' }).waitFor()
    await card.getByRole('button', { name: 'Reconnect' }).waitFor()
    await desk.getByText('@lumen.chiro is live').waitFor()
    assert.match(desk.url(), /[?&]connected=1&connection_id=[\w-]+/)
  })

  await step('Facebook login: the same, and a picker between several accounts', async () => {
    const clicks = new Clicks()
    await clicks.press(desk.getByRole('button', { name: 'Connect Instagram', exact: true }))
    await clicks.press(desk.getByRole('button', { name: 'Continue with Facebook' }))
    const allow = desk.getByRole('button', { name: 'Allow' })
    await allow.waitFor()
    assert.ok(clicks.count <= CLICKS_MAX, `${clicks.count} clicks`)
    assert.ok(desk.url().startsWith(`${demo.simulator.url}/www.facebook.com/`), desk.url())
    await allow.click()
    await desk.getByRole('heading', { name: 'Which account?' }).waitFor()
    // What cannot be used says why.
    await desk.getByText('Your role on this page does not include the Messages task.').waitFor()
    assert.equal(await desk.getByRole('radio').count(), 2)
    await desk.getByRole('radio', { name: /@casa\.verde/ }).check()
    await desk.getByRole('button', { name: 'Connect this account' }).click()
    const card = desk.getByRole('article', { name: '@casa.verde' })
    await card.getByText('Instagram connected').waitFor()
    await card.getByText('Facebook login').waitFor()
  })

  await step(
    'a line from the phone is answered, and the open inbox shows it by itself',
    async () => {
      await openTab(desk, 'Inbox')
      await desk.getByText('No conversations yet').waitFor()
      // Gone with the next load of the page.
      await desk.evaluate('window.stillTheSamePage = true')
      await phone.goto(phoneOf(demo.simulator.url, 'ana', 'lumen.chiro'))
      await write(phone, 'hi')
      await said(phone, 'What can we do for you?')
      await rowOf(desk, 'Ana Ribeiro').getByText('Automated').waitFor()
      await rowOf(desk, 'Ana Ribeiro').click()
      const lines = messagesOf(desk)
      await lines.getByText('hi', { exact: true }).waitFor()
      await lines.getByText('What can we do for you?').waitFor()
      await lines.getByRole('list', { name: 'Offered to tap' }).getByText('New patient').waitFor()
    },
  )

  await step('tapping, answering two questions, and a person is fetched', async () => {
    await tap(phone, 'New patient')
    await said(phone, 'What brings you in?')
    await tap(phone, 'Back pain')
    await said(phone, 'When would you like to come?')
    await write(phone, 'Thursday after five')
    await said(phone, /A person of our team will confirm/)
    // All of it arrived on the page that was open from the beginning.
    const lines = messagesOf(desk)
    await lines.getByText(/A person of our team will confirm/).waitFor()
    await rowOf(desk, 'Ana Ribeiro').getByText('Needs a person').waitFor()
    await desk.getByText('The automation asked for a person.').waitFor()
    const details = desk.getByRole('complementary', { name: 'Details' })
    for (const [field, value] of [
      ['Need', 'new_patient'],
      ['Reason', 'Back pain'],
      ['Preferred time', 'Thursday after five'],
    ] as const) {
      await details.getByText(field, { exact: true }).waitFor()
      await details.getByText(value, { exact: true }).waitFor()
    }
    assert.equal(await desk.evaluate('window.stillTheSamePage'), true)
    const [greeting, ...rest] = await demo.simulator.answers('lumen.chiro', 'ana')
    // The name is asked for beside the answer; on a slow machine it comes after it.
    assert.match(
      greeting ?? '',
      /^Hi( Ana Ribeiro)?! This is Lumen Chiropractic’s automatic assistant\.$/,
    )
    assert.deepEqual(rest, [
      'What can we do for you?',
      'Welcome! What brings you in?',
      'When would you like to come?',
      'Thank you! A person of our team will confirm your appointment here shortly.',
    ])
  })

  await step('what the operator writes appears on the phone', async () => {
    await desk.getByRole('textbox', { name: 'Reply' }).fill('Thursday at 17:30 is yours, Ana.')
    await desk.getByRole('textbox', { name: 'Reply' }).press('Enter')
    await said(phone, 'Thursday at 17:30 is yours, Ana.')
    const line = messagesOf(desk)
      .getByRole('listitem')
      .filter({ hasText: 'Thursday at 17:30 is yours, Ana.' })
    // The phone is open, so it was read as well.
    await line.getByText(/Sent|Seen/).waitFor()
    assert.equal(await line.getAttribute('data-author'), 'operator')
  })

  await step('every page fits, wide and narrow', async (t) => {
    await demo.simulator.write('mika', 'lumen.chiro', 'Do you have something free this week?')
    await demo.simulator.write('jonas', 'casa.verde', 'When are you open, and where can I park?')
    for (const name of ['@mika_0417', 'Jonas Weiß']) {
      await rowOf(desk, name).getByText('What can we do for you?').waitFor()
    }
    for (const [name, viewport] of [
      ['1440', wide],
      ['390', narrow],
    ] as const) {
      await t.test(`${name} pixels`, async () => {
        await desk.setViewportSize(viewport)
        await phone.setViewportSize(viewport)
        await lookAtEveryPage(desk, phone, {
          url: demo.url,
          suffix: name === '1440' ? '' : `-${name}`,
        })
      })
    }
    await desk.setViewportSize(wide)
    await phone.setViewportSize(wide)
  })

  await step('taken over it is silent; resumed it answers what comes then', async () => {
    await phone.goto(phoneOf(demo.simulator.url, 'ana', 'lumen.chiro'))
    await openTab(desk, 'Inbox')
    await rowOf(desk, 'Ana Ribeiro').click()
    await desk.getByRole('button', { name: 'Resume automation' }).click()
    await desk.getByRole('button', { name: 'Take over' }).click()
    await desk.getByText('An operator took over.').waitFor()
    await write(phone, 'is anybody there?')
    await messagesOf(desk).getByText('is anybody there?').waitFor()
    await rowOf(desk, 'Ana Ribeiro').getByText('1 waiting').waitFor()
    const before = (await demo.simulator.answers('lumen.chiro', 'ana')).length
    await desk.getByRole('button', { name: 'Resume automation' }).click()
    await desk.getByRole('button', { name: 'Take over' }).waitFor()
    await write(phone, 'hello again')
    const said = await eventually('both parts of the greeting', async () => {
      const answers = (await demo.simulator.answers('lumen.chiro', 'ana')).slice(before)
      return answers.length === 2 && answers
    })
    assert.match(said[0] ?? '', /^Hi Ana/)
    const { messages } = await demo.simulator.thread('lumen.chiro', 'ana')
    const at = (text: string) => messages.findIndex((message) => message.text === text)
    assert.equal(messages[at('is anybody there?') + 1]?.text, 'hello again')
  })

  await step('a reconnect that is cancelled changes nothing', async () => {
    await openTab(desk, 'Connections')
    const card = desk.getByRole('article', { name: '@lumen.chiro' })
    await card.getByRole('button', { name: 'Reconnect' }).click()
    await desk.getByRole('button', { name: 'Cancel' }).click()
    await desk.getByRole('alert').waitFor()
    assert.match(desk.url(), /[?&]connected=0&error=connect\/denied/)
    await card.getByText('Instagram connected').waitFor()
    await phone.goto(phoneOf(demo.simulator.url, 'zoe', 'lumen.chiro'))
    await write(phone, 'hi')
    await said(phone, 'What can we do for you?')
  })

  await step('deliveries show what came, and what became of it', async () => {
    await openTab(desk, 'Deliveries')
    const list = desk.getByRole('list', { name: 'Deliveries' })
    await list.getByRole('link').first().click()
    await desk.getByRole('heading', { name: 'Delivery', exact: true }).waitFor()
    await desk.getByText(/"object": ?"instagram"/).waitFor()
    await desk.getByRole('list', { name: 'Events' }).getByRole('listitem').first().waitFor()
  })

  await step('disconnecting asks first, then ends it', async () => {
    await openTab(desk, 'Connections')
    const card = desk.getByRole('article', { name: '@casa.verde' })
    const dialog = desk.getByRole('dialog', { name: /^Disconnect @casa\.verde/ })
    await card.getByRole('button', { name: 'Disconnect' }).click()
    await dialog.getByRole('button', { name: 'Keep connected' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await card.getByText('Instagram connected').waitFor()
    await card.getByRole('button', { name: 'Disconnect' }).click()
    await dialog.getByRole('button', { name: 'Disconnect', exact: true }).click()
    await card.getByText('Disconnected', { exact: true }).waitFor()
    assert.equal(await card.getByRole('button', { name: 'Disconnect' }).count(), 0)
  })

  await step(
    'a lost connection is told on every page, and the end of the trouble too',
    async () => {
      const card = desk.getByRole('article', { name: '@lumen.chiro' })
      await card.getByRole('button', { name: 'Refresh now' }).click()
      await desk.getByText('Token is valid; Meta refreshes it from 24 hours of age on').waitFor()
      await demo.simulator.post('/tokens/revoke', { account: 'lumen.chiro', subcode: 460 })
      await card.getByRole('button', { name: 'Refresh now' }).click()
      await card.getByText('Reconnect needed').waitFor()
      await card.getByText('The password was changed or the session ended').waitFor()
      await fitsBothWays(desk, 'connection-lost')
      await openTab(desk, 'Inbox')
      const banner = desk.getByRole('alert').filter({ hasText: '@lumen.chiro is disconnected' })
      await banner.waitFor()
      await fitsBothWays(desk, 'alert-banner')
      await banner.getByRole('link', { name: 'Show connections' }).click()
      await card.getByRole('button', { name: 'Reconnect' }).click()
      await desk.getByRole('button', { name: 'Allow' }).click()
      await card.getByText('Instagram connected').waitFor()
      await openTab(desk, 'Inbox')
      await banner.waitFor({ state: 'hidden' })
    },
  )

  // The browser complains of every 4xx; this one was asked for.
  const complaints = [...operator.complaints, ...person.complaints]
  assert.deepEqual(
    complaints.filter((text) => !text.includes(NOBODY)),
    [],
  )
})

/** Presses, and counts how often. */
class Clicks {
  count = 0

  async press(button: Locator): Promise<void> {
    await button.click()
    this.count += 1
  }
}

async function fillWelcome(page: Page, name: string, email: string): Promise<void> {
  await page.getByLabel('Your name').fill(name)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account' }).click()
}

async function openTab(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click()
}

const rowOf = (page: Page, person: string): Locator =>
  page.getByRole('list', { name: 'Conversations' }).getByRole('link').filter({ hasText: person })

const messagesOf = (page: Page): Locator => page.getByRole('region', { name: 'Messages' })

const phoneOf = (url: string, person: string, account: string): string =>
  `${url}/?${new URLSearchParams({ person, account }).toString()}`

async function write(phone: Page, text: string): Promise<void> {
  await phone.getByLabel('Message', { exact: true }).fill(text)
  await phone.getByRole('button', { name: 'Send' }).click()
}

async function tap(phone: Page, title: string): Promise<void> {
  const offered = phone.getByRole('group', { name: 'Quick replies' })
  await offered.getByRole('button', { name: title }).click()
}

async function said(phone: Page, text: string | RegExp): Promise<void> {
  await phone.getByRole('log', { name: 'Conversation' }).getByText(text).first().waitFor()
}

/** For pages that are there before anybody is. */
async function fitsBothWays(page: Page, name: string): Promise<void> {
  for (const [suffix, viewport] of [
    ['-390', narrow],
    ['', wide],
  ] as const) {
    await page.setViewportSize(viewport)
    assert.deepEqual(await findOverflow(page), [], `${name}${suffix}`)
    await takePicture(page, `${name}${suffix}`)
  }
}

/** Opens each page of somebody signed in, measures it, and takes its picture. */
async function lookAtEveryPage(
  desk: Page,
  phone: Page,
  { url, suffix }: { url: string; suffix: string },
): Promise<void> {
  const fits = async (page: Page, name: string): Promise<void> => {
    assert.deepEqual(await findOverflow(page), [], `${name}${suffix}`)
    await takePicture(page, `${name}${suffix}`)
  }
  await desk.goto(`${url}/inbox`)
  await rowOf(desk, 'Ana Ribeiro').waitFor()
  await fits(desk, 'inbox-list')
  await rowOf(desk, 'Ana Ribeiro').click()
  await messagesOf(desk).getByText('Thursday at 17:30 is yours, Ana.').waitFor()
  await fits(desk, 'inbox')
  await desk.emulateMedia({ colorScheme: 'dark' })
  await desk.locator('html[data-mantine-color-scheme=dark]').waitFor()
  await fits(desk, 'inbox-dark')
  await desk.emulateMedia({ colorScheme: 'light' })

  await desk.goto(`${url}/connections`)
  await desk.getByRole('article', { name: '@casa.verde' }).waitFor()
  await fits(desk, 'connections')
  await desk.getByRole('link', { name: 'Automation of @lumen.chiro' }).click()
  await desk.getByRole('heading', { name: 'Automation' }).waitFor()
  await desk.getByText('What brings you in?').waitFor()
  await fits(desk, 'automation')
  await desk.goto(`${url}/deliveries`)
  await desk.getByRole('list', { name: 'Deliveries' }).getByRole('link').first().waitFor()
  await fits(desk, 'deliveries')
  await desk.getByRole('list', { name: 'Deliveries' }).getByRole('link').first().click()
  await desk.getByText(/"object": ?"instagram"/).waitFor()
  await fits(desk, 'delivery')

  await desk.goto(`${url}/connections`)
  await desk.getByRole('button', { name: 'Connect Instagram', exact: true }).click()
  await desk.getByRole('button', { name: 'Continue with Facebook' }).waitFor()
  await fits(desk, 'connect')
  await desk.getByRole('button', { name: 'Continue with Facebook' }).click()
  await desk.getByRole('button', { name: 'Allow' }).waitFor()
  await fits(desk, 'consent-facebook')
  await desk.getByRole('button', { name: 'Allow' }).click()
  await desk.getByRole('heading', { name: 'Which account?' }).waitFor()
  await fits(desk, 'connect-picker')
  await desk.goto(`${url}/connections`)
  await desk.getByRole('button', { name: 'Connect Instagram', exact: true }).click()
  await desk.getByRole('button', { name: 'Continue with Instagram' }).click()
  await desk.getByRole('button', { name: 'Allow' }).waitFor()
  await fits(desk, 'consent')
  await desk.goto(`${url}${NOBODY}`)
  await desk.getByText('Nothing was connected').waitFor()
  await fits(desk, 'connect-refused')
  await desk.goto(`${url}/connections`)

  await phone.goto(phoneOf(new URL(phone.url()).origin, 'ana', 'lumen.chiro'))
  await said(phone, 'Thursday at 17:30 is yours, Ana.')
  await fits(phone, 'simulator')
  await takePicture(phone, `phone${suffix}`, phone.getByRole('region', { name: 'Phone' }))
  for (const view of ['Quirks & faults', 'Log']) {
    const tab = phone.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: view })
    // Wide screens show everything at once.
    if (!(await tab.isVisible())) continue
    await tab.click()
    await fits(phone, `simulator-${view === 'Log' ? 'log' : 'faults'}`)
  }
}
