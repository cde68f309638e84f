import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export type ReceivedMail = { readonly to: readonly string[]; readonly raw: string }

/** A real mail server in a process of its own: `await using mail = await testMail()`. */
export async function testMail(
  options: { refusals?: number } = {},
): Promise<AsyncDisposable & { readonly url: string; readonly mails: ReceivedMail[] }> {
  const program = new URL('smtp-process.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [program, String(options.refusals ?? 0)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const mails: ReceivedMail[] = []
  const lines = createInterface(child.stdout)
  const { port } = await new Promise<{ port: number }>((resolve) => {
    lines.once('line', (line) => resolve(JSON.parse(line) as { port: number }))
  })
  lines.on('line', (line) => mails.push(JSON.parse(line) as ReceivedMail))
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}
