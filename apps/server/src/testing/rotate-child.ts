import { rotateKeys } from '#keys/rotate-keys.ts'
import { openPorts } from '#cli/open-ports.ts'
import { systemClock } from '#ports/clock.ts'
import { silentLog } from '#ports/log.ts'
import { refusingHttp, testConfig } from './test-ports.ts'

// A program for tests that kill it: rotates the key of one owner, and says how far it is.
const [, , databaseUrl = '', owner = '', leadMs = '0', graceMs = '0'] = process.argv
await using ports = await openPorts({
  config: testConfig({ databaseUrl }),
  databaseUrl,
  clock: systemClock,
  log: silentLog,
  http: refusingHttp,
})
const outcomes = await rotateKeys(ports, [owner], {
  leadMs: Number(leadMs),
  graceMs: Number(graceMs),
  wait: true,
  onProgress: (progress) => void process.stdout.write(`${JSON.stringify({ progress })}\n`),
})
for (const outcome of outcomes) process.stdout.write(`${JSON.stringify({ outcome })}\n`)
