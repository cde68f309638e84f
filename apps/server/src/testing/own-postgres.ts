import { openLog } from '#ports/log.ts'
import { startEmbeddedPostgres } from '#ports/embedded-postgres.ts'

// A program for tests that kill it: owns the embedded server of the given folder until SIGTERM.
const [, , folder = ''] = process.argv
try {
  const server = await startEmbeddedPostgres({ folder, role: 'owner', log: openLog('silent') })
  const alive = setInterval(() => undefined, 60_000)
  process.once('SIGTERM', () => {
    clearInterval(alive)
    void server.stop().then(() => process.exit(0))
  })
  // Last: whoever reads it may send the signal at once.
  process.stdout.write(`${JSON.stringify({ url: server.url })}\n`)
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: error instanceof Error ? error.name : '' })}\n`)
  process.exit(1)
}
