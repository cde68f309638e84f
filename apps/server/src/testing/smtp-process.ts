import { SMTPServer } from 'smtp-server'

/**
 * A mail server of its own process, for tests: takes every mail and prints it as one JSON line. Refuses the first
 * `argv[2]` mails as a busy server does.
 */
let refusals = Number(process.argv[2] ?? 0)
const server = new SMTPServer({
  authOptional: true,
  allowInsecureAuth: true,
  onAuth: (_auth, _session, done) => done(null, { user: 'anybody' }),
  disabledCommands: ['STARTTLS'],
  onData(stream, session, done) {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      if (refusals > 0) {
        refusals -= 1
        done(Object.assign(new Error('try again later'), { responseCode: 451 }))
        return
      }
      const to = session.envelope.rcptTo.map(({ address }) => address)
      process.stdout.write(
        `${JSON.stringify({ to, raw: Buffer.concat(chunks).toString('utf8') })}\n`,
      )
      done()
    })
  },
})
server.listen(0, '127.0.0.1', () => {
  const address = server.server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  process.stdout.write(`${JSON.stringify({ port })}\n`)
})
