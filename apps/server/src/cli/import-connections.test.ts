import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { errors } from '@parley/contract/errors.ts'
import type { ErrorCode } from '@parley/contract/errors.ts'
import { importConnections } from './import-connections.ts'
import type { ImportFlags } from './import-connections.ts'
import { runProgram } from './run-program.ts'
import { clinicAutomation } from '#automation/clinic-flow.ts'
import { sql } from '#ports/database.ts'
import { testConnectWorld } from '#testing/test-connect.ts'
import type { Json, TestConnectWorld } from '#testing/test-connect.ts'
import { testApps } from '#testing/test-ports.ts'

const DAY_MS = 86_400_000
const FLAGS: ImportFlags = { dryRun: false, invite: false, json: false }

/** The command over the world's database, with the simulator over real HTTP. */
async function stage(world: TestConnectWorld) {
  const folder = await mkdtemp(join(tmpdir(), 'parley-import-'))
  const config = { ...world.ports.config, databaseUrl: world.ports.db.url }
  const make = async (account: string, asked: object = {}): Promise<string> =>
    (await world.control('/tokens', { account, ageMs: 20 * DAY_MS, ...asked })).accessToken
  const run = async (content: string, flags: Partial<ImportFlags> = {}, name = 'accounts.csv') => {
    const path = join(folder, name)
    await writeFile(path, content)
    const printed: string[] = []
    const isDone = await importConnections(config, path, { ...FLAGS, ...flags }, (text) => {
      printed.push(text)
    })
    return { isDone, text: printed.join('\n'), printed }
  }
  const rows = async (table: string): Promise<Json[]> =>
    await world.ports.db.many({ text: `select * from ${table}`, values: [], name: '' })
  return {
    folder,
    make,
    run,
    rows,
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true })
    },
  }
}

test('a file’s accounts are connected, each row that cannot be is named with its line, code and next step', async () => {
  await using world = await testConnectWorld()
  await using stand = await stage(world)
  const { make, run, rows } = stand
  const body = { name: 'clinic', returnUrls: [], defaultAutomation: clinicAutomation }
  await world.call('PUT', '/v1/tenants/clinic', { body, headers: world.asHost })
  const tokens = [await make('lumen.chiro'), await make('casa.verde', { kind: 'short', ageMs: 0 })]
  const csv = [
    'Customer ID,Instagram_Access_Token,username',
    `clinic,${tokens[0]},lumen`,
    `clinic,${tokens[1]},verde`,
    `clinic,IGQVJ${'x'.repeat(60)},old`,
    'clinic,,none',
    'clinic',
  ].join('\n')
  const { isDone, text } = await run(csv)
  assert.equal(isDone, false)
  assert.match(text, /^ {5}2 {2}kept {7}clinic {2}[0-9a-f-]{36}$/m)
  assert.match(text, /^ {5}3 {2}exchanged {2}clinic/m)
  assert.match(text, /^ {5}4 {2}refused.*tokens\/basic-display-ended: .*\n.*→ .*connect link/m)
  assert.match(text, /^ {5}5 {2}refused.*http\/invalid-fields.*\n.*accessToken: missing/m)
  assert.match(text, /^ {5}6 {2}refused {4}- .*\n.*another number of columns/m)
  assert.match(text, /1 kept, 1 exchanged, 0 unchanged, 3 refused\.$/)
  assert.ok(tokens.every((token) => !text.includes(token)))
  const states = (await rows('connections')).map(({ status }) => status)
  assert.deepEqual(states, ['active', 'active'])
  // Its automation comes with a first connect, as on every other way.
  assert.equal((await rows('automations')).length, 2)

  const again = await run(csv)
  assert.match(again.text, /0 kept, 0 exchanged, 2 unchanged, 3 refused\.$/)
  assert.equal((await rows('grants')).length, 2)
})

test('rows that are malformed, foreign, expired, double or of an account held elsewhere are each named; the rest is kept; again changes nothing', async () => {
  await using world = await testConnectWorld()
  await using stand = await stage(world)
  const { make, run, rows } = stand
  await world.connected({ tenantId: 'shop' }, { account: 'casa.verde' })
  const { accounts } = await world.control('/accounts', { count: 2 })
  const [ended, last] = accounts.map(({ key }: { key: string }) => key)
  const good = await make('lumen.chiro')
  const expired = await make(ended)
  await world.control('/tokens/expire', { account: ended })
  // Meta’s words when the secret is not of the app the token is of.
  const message = 'Error validating client secret.'
  await world.control('/faults', {
    path: '/access_token',
    account: 'studio.nia',
    times: 10,
    error: { code: 1, message },
  })
  const csv = [
    'tenantId,accessToken',
    `clinic,${good}`,
    'clinic,half a token',
    `clinic,${await make('studio.nia', { kind: 'short', ageMs: 0 })}`,
    `clinic,${expired}`,
    `clinic,${good}`,
    `clinic,${await make('casa.verde')}`,
    `clinic,${await make(last)}`,
  ].join('\n')
  const named = [
    { line: 3, code: 'http/invalid-fields' },
    { line: 4, code: 'tokens/other-app' },
    { line: 5, code: 'tokens/expired' },
    { line: 6, code: 'connect/duplicate-row' },
    { line: 7, code: 'connect/account-taken' },
  ]
  const outcomes = ({ printed }: { printed: readonly string[] }): Json[] =>
    printed.map((text): Json => JSON.parse(text)).filter(({ line }) => line !== undefined)
  const first = outcomes(await run(csv, { json: true }))
  const refused = first.filter(({ status }) => status === 'refused')
  assert.deepEqual(
    refused.map(({ line, code }) => ({ line, code })),
    named,
  )
  for (const { code, title, hint } of refused) {
    const { title: known, hint: step } = errors[code as ErrorCode]
    assert.deepEqual([title, hint], [known, step])
  }
  const kept = first.filter(({ status }) => status === 'kept')
  assert.deepEqual(
    kept.map(({ line }) => line),
    [2, 8],
  )
  assert.ok(!JSON.stringify(first).includes('shop'), 'nobody learns who holds the account')

  const state = async (): Promise<unknown> =>
    await Promise.all(['connections', 'grants', 'imported_rows', 'host_events'].map(rows))
  const before = await state()
  const again = outcomes(await run(csv, { json: true }))
  assert.deepEqual(
    again.map(({ line, status, code }) => ({ line, status, code })),
    first.map(({ line, status, code }) => ({
      line,
      status: status === 'kept' ? 'unchanged' : status,
      code,
    })),
  )
  assert.deepEqual(await state(), before)
})

test('a dry run says what would be, and neither the database nor Meta is any different', async () => {
  await using world = await testConnectWorld()
  await using stand = await stage(world)
  const { make, run, rows } = stand
  const lines = [
    { tenantId: 'clinic', token: await make('lumen.chiro') },
    { tenantId: 'clinic', token: await make('casa.verde', { app: 'facebook' }), login: 'facebook' },
    { tenantId: 'clinic', token: `IGAA${'x'.repeat(60)}` },
  ]
  const content = lines.map((line) => JSON.stringify(line)).join('\n')
  const { isDone, text } = await run(content, { dryRun: true, invite: true }, 'x.jsonl')
  assert.equal(isDone, false)
  assert.match(text, /1 {2}ready/)
  assert.match(text, /2 could be imported, 0 unchanged, 1 refused\. Nothing was written\.$/)
  for (const table of ['connections', 'grants', 'imported_rows', 'connect_sessions']) {
    assert.deepEqual(await rows(table), [], table)
  }
  const { calls } = await world.control('/calls', undefined, 'GET')
  assert.ok(calls.length >= 3)
  assert.ok(calls.every(({ method, path }: Json) => method === 'GET' && !/access_token/.test(path)))
})

test('with --invite every row that cannot be kept gets one link to send on, and no second while it is open', async () => {
  await using world = await testConnectWorld()
  await using stand = await stage(world)
  const { run, rows } = stand
  const csv = `tenant_id,token\nclinic,IGQVJ${'x'.repeat(60)}\nclinic,\nnobody,IGAA${'x'.repeat(60)}\n`
  const { text } = await run(csv, { invite: true })
  const links = [...text.matchAll(/Send on: (\S+) \(open until (\S+)\)/g)]
  assert.equal(links.length, 2)
  const sessions = await rows('connect_sessions')
  assert.deepEqual(
    sessions.map(({ confirmation, tenant_id }) => [confirmation, tenant_id]),
    [
      ['host', 'clinic'],
      ['host', 'clinic'],
    ],
  )
  const lifeMs = sessions[0].expires_at.getTime() - sessions[0].created_at.getTime()
  assert.equal(lifeMs, 7 * DAY_MS)

  const again = await run(csv, { invite: true })
  assert.ok(!again.text.includes('Send on'))
  assert.equal([...again.text.matchAll(/A link was made before, open until/g)].length, 2)
  assert.equal((await rows('connect_sessions')).length, 2)

  // The link leads to a connection, once the host says so.
  const landing = await world.walk(links[0]?.[1] ?? '', { login: 'instagram' })
  assert.equal(landing.status, 303, landing.text)
  const used = await run(csv, { invite: true })
  assert.match(used.text, /The link that was made before has been used/)

  // One that was taken back makes room for another.
  await world.ports.db.run(
    sql`update connect_sessions set revoked_at = now() where used_at is null`,
  )
  const third = await run(csv, { invite: true })
  assert.equal([...third.text.matchAll(/Send on/g)].length, 1)
})

test('rows without a tenant take --tenant, and --json prints one object per row', async () => {
  await using world = await testConnectWorld()
  await using stand = await stage(world)
  const { make, run } = stand
  const content = JSON.stringify([{ accessToken: await make('lumen.chiro') }])
  const lost = await run(content, { json: true }, 'x.json')
  const [outcome] = lost.printed.map((line) => JSON.parse(line))
  assert.deepEqual([outcome.code, outcome.fields[0].path], ['http/invalid-fields', 'tenantId'])
  const { isDone, printed } = await run(content, { json: true, tenant: 'clinic' }, 'x.json')
  assert.equal(isDone, true)
  const [first, last] = printed.map((line) => JSON.parse(line))
  assert.deepEqual([first.status, first.tenantId, first.invite], ['kept', 'clinic', null])
  assert.deepEqual(last, {
    summary: { kept: 1, exchanged: 0, unchanged: 0, ready: 0, refused: 0 },
  })
})

test('the program ends with 0 when every row is connected, else with 1, and names a missing file in a sentence', async () => {
  await using world = await testConnectWorld()
  await using stand = await stage(world)
  const { metaUrls } = world.ports.config
  const environment = {
    DATABASE_URL: world.ports.db.url,
    PARLEY_URL: 'http://localhost:3000',
    PARLEY_SECRET: 'a-secret-for-tests-only-0123456789',
    PARLEY_ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    PARLEY_API_KEY: 'an-api-key-for-tests-only',
    INSTAGRAM_APP_ID: testApps.instagram.id,
    INSTAGRAM_APP_SECRET: testApps.instagram.secret,
    INSTAGRAM_WEBHOOK_VERIFY_TOKEN: 'a-verify-token-for-tests',
    INSTAGRAM_GRAPH_URL: metaUrls.instagramGraph,
  }
  const run = async (...args: string[]): Promise<[number, string]> => {
    const said: string[] = []
    const say = (text: string): void => void said.push(text)
    const options = {
      environment,
      args,
      workingFolder: stand.folder,
      print: say,
      complain: say,
      write: async (text: string) => say(text),
      progress: undefined,
    }
    const code = await runProgram({ ...options, args: ['connections', 'import', ...args] })
    return [code, said.join('\n')]
  }
  const path = join(stand.folder, 'one.csv')
  await writeFile(path, `tenantId,token\nclinic,${await stand.make('lumen.chiro')}\n`)
  const [code, said] = await run(path)
  assert.deepEqual(
    [code, said.split('\n').at(-1)],
    [0, '1 kept, 0 exchanged, 0 unchanged, 0 refused.'],
  )
  await writeFile(path, 'tenantId,token\nclinic,\n')
  assert.equal((await run(path))[0], 1)
  assert.deepEqual(await run('/no/such/file.csv'), [1, 'The file cannot be read (ENOENT).'])
})
