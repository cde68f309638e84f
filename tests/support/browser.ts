import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'

/** Written by scripts/setup.mjs when it found or installed one. */
const mark = 'node_modules/.parley-browser'
const found =
  process.env['PARLEY_TEST_BROWSER'] ?? (existsSync(mark) ? readFileSync(mark, 'utf8').trim() : '')

/** For `skip` of node:test: without a browser the test is not run. */
export const noBrowser: string | false = found === '' ? 'no browser was found' : false

/** Long enough for a busy machine; nothing waits for it when all is well. */
const STEP_MS = 120_000

export const wide = { width: 1440, height: 900 } as const
export const narrow = { width: 390, height: 844 } as const

/** The browser of this machine, with no profile and no traffic of its own. */
export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: found,
    args: ['--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  })
}

/** A person at a screen: cookies of their own, and a record of what went wrong on their pages. */
export async function openContext(
  browser: Browser,
): Promise<{ context: BrowserContext; complaints: string[] }> {
  const context = await browser.newContext({
    viewport: wide,
    locale: 'en-GB',
    timezoneId: 'Europe/Madrid',
    colorScheme: 'light',
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(STEP_MS)
  const complaints: string[] = []
  context.on('console', (message) => {
    if (message.type() === 'error') {
      complaints.push(`${message.text()} (${message.location().url})`)
    }
  })
  context.on('weberror', (error) => complaints.push(error.error().message))
  context.on('response', (response) => {
    if (response.status() >= 500) complaints.push(`${response.status()} ${response.url()}`)
  })
  return { context, complaints }
}

/** Whatever sticks out of the page sideways; things in a box of their own that scrolls are in their place. */
export async function findOverflow(page: Page): Promise<string[]> {
  // Runs in the page, whose types are not those of this program.
  return await page.evaluate<string[]>(`(() => {
    const width = document.documentElement.clientWidth
    const isHeld = (element) => {
      for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
        if (getComputedStyle(box).overflowX !== 'visible') return true
      }
      return false
    }
    const out = [...document.body.querySelectorAll('*')].filter((element) => {
      const box = element.getBoundingClientRect()
      const isSeen = box.width > 0 && box.height > 0 && getComputedStyle(element).visibility === 'visible'
      return isSeen && (box.right > width + 1 || box.left < -1) && !isHeld(element)
    })
    const names = out.map((element) => element.tagName + '.' + element.className)
    const { scrollWidth } = document.documentElement
    return scrollWidth > width ? ['the page is ' + scrollWidth + ' wide of ' + width, ...names] : names
  })()`)
}

/** Those the README and the documentation show. */
const published = [
  'inbox',
  'inbox-dark',
  'inbox-390',
  'connections',
  'connect',
  'phone',
  'deliveries',
]

/** Into test-results/; with PARLEY_SCREENSHOTS=1 the published ones into docs/images/ too. */
export async function takePicture(page: Page, name: string, part?: Locator): Promise<void> {
  // What was changed a moment ago is drawn by then.
  await page.evaluate(
    'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))',
  )
  mkdirSync('test-results', { recursive: true })
  const path = join('test-results', `${name}.png`)
  await (part ?? page).screenshot({ path, animations: 'disabled', caret: 'hide' })
  if (process.env['PARLEY_SCREENSHOTS'] === '1' && published.includes(name)) {
    copyFileSync(path, join('docs/images', `${name}.png`))
  }
}
