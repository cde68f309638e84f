import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import { test } from 'node:test'
import { startTestSimulator } from '#testing/test-simulator.ts'
import { defaultSwitches } from '#world/switches.ts'

const names = Object.keys(defaultSwitches())
const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8')

test('every switch is in the pane and in the README', async () => {
  const pane = await read('assets/switches.js')
  const readme = await readFile(`${import.meta.dirname}/../../README.md`, 'utf8')
  assert.ok(names.length > 20)
  for (const name of names) {
    assert.ok(pane.includes(`'${name}'`), `${name} is missing in switches.js`)
    assert.ok(readme.includes(`\`${name}\``), `${name} is missing in README.md`)
  }
})

test('the phone and all its files are served, and nothing from elsewhere', async () => {
  await using sim = await startTestSimulator()
  const { url } = sim.simulator
  const page = await sim.request('GET', url)
  assert.match(page.text, /aria-label="Message"/)
  const files = await readdir(new URL('assets/', import.meta.url))
  assert.ok(files.length > 5)
  for (const file of files) {
    const answer = await sim.request('GET', `${url}/assets/${file}`)
    assert.equal(answer.status, 200)
    assert.doesNotMatch(answer.text, /(?:src|href|url|from)[=(]?\s*['"]https?:/)
  }
  assert.equal((await sim.request('GET', `${url}/assets/phone-routes.ts`)).status, 404)
})

test('every element the scripts look for exists', async () => {
  await using sim = await startTestSimulator()
  const page = (await sim.request('GET', sim.simulator.url)).text
  const files = (await readdir(new URL('assets/', import.meta.url))).filter((one) =>
    one.endsWith('.js'),
  )
  const scripts = (await Promise.all(files.map((file) => read(`assets/${file}`)))).join('\n')
  const wanted = [...scripts.matchAll(/byId\('([^']+)'\)/g)].map(([, id = '']) => id)
  assert.ok(wanted.length > 20)
  for (const id of wanted) {
    const isThere = page.includes(`id="${id}"`) || scripts.includes(`id: '${id}'`)
    assert.ok(isThere, `nothing has the id ${id}`)
  }
})

test('an open phone hears of every change', async () => {
  await using sim = await startTestSimulator()
  const stop = new AbortController()
  const answer = await fetch(`${sim.simulator.url}/simulator/events`, { signal: stop.signal })
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  assert.match((await reader?.read())?.value ?? '', /ready/)
  await sim.control('POST', '/switches', { echo: 'off' })
  assert.match((await reader?.read())?.value ?? '', /change/)
  stop.abort()
})
