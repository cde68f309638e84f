import { createHmac, timingSafeEqual } from 'node:crypto'
import express from 'express'
import { Pool } from 'pg'

/**
 * What a capable developer writes in an afternoon: Express, 200 first, one INSERT per message through a pool, then a
 * `fetch` to the Graph API with the text repeated. No idempotence, no retry, no order.
 */
const secret = process.env['BENCH_APP_SECRET'] ?? ''
const graphUrl = process.env['INSTAGRAM_GRAPH_URL'] ?? ''
const token = process.env['BENCH_TOKEN_PREFIX'] ?? ''
const pool = new Pool({ connectionString: process.env['DATABASE_URL'] })

type Messaging = {
  sender: { id: string }
  recipient: { id: string }
  message?: { mid: string; text?: string; is_echo?: boolean }
}
type Body = { entry: { messaging?: Messaging[] }[] }

async function answer(item: Messaging): Promise<void> {
  const { message, sender, recipient } = item
  if (message?.text === undefined || message.is_echo === true) return
  await pool.query('insert into messages (mid, account_id, igsid, text) values ($1, $2, $3, $4)', [
    message.mid,
    recipient.id,
    sender.id,
    message.text,
  ])
  const response = await fetch(`${graphUrl}/v25.0/${recipient.id}/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token}${recipient.id}`,
    },
    body: JSON.stringify({ recipient: { id: sender.id }, message: { text: message.text } }),
  })
  await response.text()
}

await pool.query(
  `create table if not exists messages (
     id bigint generated always as identity primary key, mid text not null, account_id text not null,
     igsid text not null, text text not null, created_at timestamptz not null default now())`,
)
const app = express()
app.use(
  express.json({
    limit: '3mb',
    verify: (request, _response, raw) => {
      const given = Buffer.from(String(request.headers['x-hub-signature-256']))
      const wanted = Buffer.from(`sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`)
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw new Error('401')
    },
  }),
)
app.post('/webhooks/instagram', (request, response) => {
  response.status(200).send('EVENT_RECEIVED')
  // Verified above; its shape is trusted, as such handlers do.
  const body = request.body as Body
  for (const entry of body.entry) {
    for (const item of entry.messaging ?? []) {
      answer(item).catch((error: unknown) => process.stderr.write(`${String(error)}\n`))
    }
  }
})
app.listen(Number(process.env['PORT']), '127.0.0.1', () => process.stdout.write('listening\n'))
