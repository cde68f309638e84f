import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'

/**
 * The limit: receives a body, verifies it, parses it, answers. Stores nothing, so nothing that keeps the same promises
 * in the same language can be faster.
 */
const secret = process.env['BENCH_APP_SECRET'] ?? ''
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    const given = Buffer.from(String(request.headers['x-hub-signature-256']))
    const wanted = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`)
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
      response.writeHead(401).end()
      return
    }
    const parsed: unknown = JSON.parse(body.toString('utf8'))
    response.writeHead(typeof parsed === 'object' ? 200 : 400, { 'content-length': 14 })
    response.end('EVENT_RECEIVED')
  })
})
server.keepAliveTimeout = 60_000
server.listen(Number(process.env['PORT']), '127.0.0.1', () => process.stdout.write('listening\n'))
