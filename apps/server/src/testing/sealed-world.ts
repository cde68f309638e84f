import type { Automation } from '@parley/contract/automation.ts'
import { Secret } from '@parley/instagram/secret.ts'
import { sealedAt } from '#connect/schema.ts'
import { recordHostEvent } from '#host-events/record-host-event.ts'
import { sql } from '#ports/database.ts'
import { sealGrant } from '#tokens/seal-grant.ts'
import { connectedAccount, echoAutomation } from './connected-account.ts'
import type { ConnectedAccount } from './connected-account.ts'
import { delivery, eventually, line, testPipeline } from './pipeline.ts'
import { testApp } from './test-app.ts'
import { TestBrowser } from './test-connect.ts'

/** Asks two things, one after the other: its state is sealed after the first line, and kept with the second turn. */
export const askingAutomation: Automation = {
  ...echoAutomation,
  flow: {
    version: 1,
    start: 'name',
    steps: {
      name: { type: 'ask', text: 'Name?', field: 'name', next: 'town' },
      town: { type: 'ask', text: 'Town?', field: 'town', next: 'thanks' },
      thanks: { type: 'message', text: 'Thanks, {{fields.name}} of {{fields.town}}', next: null },
    },
  },
}

/** Two tenants, each with at least two values in every sealed column, sealed by the product itself; and a full inbox. */
export async function sealedWorld() {
  const pipeline = await testPipeline()
  const { ports, deliver } = pipeline
  const app = testApp(ports)
  const accounts: ConnectedAccount[] = []
  for (const people of [
    ['9001', '9002'],
    ['9003', '9004'],
  ] as const) {
    const account = await connectedAccount(ports, askingAutomation)
    accounts.push(account)
    for (const igsid of people) {
      for (const [n, text] of ['hello', 'Ada', 'Porto'].entries()) {
        const said = line(account, igsid, `m-${igsid}-${n}`, text, ports.clock.now() + n * 1000)
        await deliver(delivery(account, said))
        await eventually(
          'the answer',
          () => pipeline.graph.sent.filter(({ to }) => to === igsid).length > n,
        )
      }
    }
    await fillGrants(pipeline.ports, account)
    await fillStates(app, pipeline.ports, account)
    await fillAnswers(app, pipeline.ports, account)
    await fillEvents(app, pipeline.ports, account)
  }
  await makeEndpoints(app, null)
  const nobody = { ...accounts[0], accountId: '17841499999999999' } as ConnectedAccount
  for (const mid of ['u1', 'u2'])
    await deliver(delivery(nobody, line(nobody, '9009', mid, 'hi', 0)))
  for (const key of ['one', 'two']) {
    const headers = { ...app.asHost, 'idempotency-key': key }
    await app.call('POST', '/v1/connect-sessions', { body: {}, headers })
  }
  await eventually('nothing waits', async () => {
    const waiting = await ports.db.many(sql`
      select 1 from deliveries where state = 'stored' union all select 1 from outbound_parts`)
    return waiting.length === 0
  })
  const [one, two] = accounts
  if (one === undefined || two === undefined) throw new Error('two accounts')
  return { ...pipeline, app, one, two }
}

type World = Awaited<ReturnType<typeof testPipeline>>['ports']

/** Two candidates with a person's token behind each. */
async function fillGrants(ports: World, { tenantId, connectionId }: ConnectedAccount) {
  for (const pageId of ['134895793791901', '134895793791902']) {
    await sealGrant(ports, ports.db, {
      tenantId,
      connectionId,
      credential: {
        login: 'facebook',
        appId: '2000000000000002',
        token: new Secret(`page-token-${pageId}`),
        userToken: new Secret(`user-token-${pageId}`),
        isShortLived: false,
        tokenUserId: undefined,
        pageId,
        scopes: [],
        declinedScopes: [],
        expiry: 'never',
        expiresAtMs: undefined,
        dataAccessExpiresAtMs: undefined,
      },
      asked: ['messages'],
      confirmable: null,
      candidateUntilMs: ports.clock.now() + 86_400_000,
    })
  }
}

/** Two people on their way to Meta, who come back with a choice to make. */
async function fillStates(
  app: ReturnType<typeof testApp>,
  ports: World,
  { tenantId }: ConnectedAccount,
) {
  for (let n = 0; n < 2; n += 1) {
    const made = await app.call('POST', '/v1/connect-sessions', {
      body: { tenantId, login: 'instagram' },
      headers: app.asHost,
    })
    await new TestBrowser(app.app).leave(made.json.url)
  }
  const states = await ports.db.many<{ id: string }>(
    sql`select id from oauth_states where tenant_id = ${tenantId}`,
  )
  for (const { id } of states) {
    const token = new Secret(`picker-token-${id}`)
    const sealed = await ports.vault.sealToken(tenantId, sealedAt(id, 'sealed_token'), token)
    await ports.db.run(sql`update oauth_states set sealed_token = ${sealed} where id = ${id}`)
  }
}

/** Two endpoints with their secrets; null: the operator's own. */
async function makeEndpoints(app: ReturnType<typeof testApp>, tenantId: string | null) {
  for (const name of ['one', 'two']) {
    const body = { url: `https://${name}.example.org/hook`, ...(tenantId !== null && { tenantId }) }
    const made = await app.call('POST', '/v1/host-endpoints', { body, headers: app.asHost })
    if (made.status !== 201) throw new Error(made.text)
  }
}

/** Two events for the host, and two endpoints. */
async function fillEvents(
  app: ReturnType<typeof testApp>,
  ports: World,
  { tenantId, connectionId }: ConnectedAccount,
) {
  for (const reason of ['first', 'second']) {
    const type = 'connection.needs_reauth'
    await recordHostEvent(ports, ports.db, { type, tenantId, connectionId, data: { reason } })
  }
  await makeEndpoints(app, tenantId)
}

/** Two answers to be repeated. */
async function fillAnswers(
  app: ReturnType<typeof testApp>,
  ports: World,
  { tenantId }: ConnectedAccount,
) {
  const [conversation] = await ports.db.many<{ id: string }>(
    sql`select id from conversations where tenant_id = ${tenantId} order by id limit 1`,
  )
  for (const key of ['first', 'second']) {
    await app.call('POST', `/v1/conversations/${conversation?.id}/messages`, {
      body: { text: key },
      headers: { ...app.asHost, 'idempotency-key': `${key}-${tenantId}` },
    })
  }
}
