import assert from 'node:assert/strict'
import { test } from 'node:test'
import { at, startTestSimulator } from '#testing/test-simulator.ts'
import { LUMEN, connectInstagram } from '#testing/connect.ts'

for (const [type, contentType, magic] of [
  ['image', 'image/png', '89504e47'],
  ['audio', 'audio/wav', '52494646'],
  ['file', 'application/pdf', '25504446'],
  ['video', 'video/mp4', '00000014'],
] as const) {
  test(`a made-up ${type} is real ${contentType}`, async () => {
    await using sim = await startTestSimulator()
    await connectInstagram(sim)
    await sim.control('POST', '/people/ana/messages', {
      account: LUMEN.key,
      attachments: [{ type }],
    })
    const [received] = await sim.callback.waitFor(1)
    const path = ['entry', 0, 'messaging', 0, 'message', 'attachments', 0, 'payload', 'url']
    const answer = await fetch(String(at(JSON.parse(received?.body ?? '{}'), ...path)))
    assert.equal(answer.headers.get('content-type'), contentType)
    assert.equal(Buffer.from(await answer.arrayBuffer()).toString('hex', 0, 4), magic)
  })
}
