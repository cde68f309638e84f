import { answerJson } from '#stand-in/answer.ts'
import type { Call } from '#stand-in/answer.ts'
import type { EchoPlan, Echoes } from '#stand-in/echoes.ts'
import type { FaultPlan, Faults } from '#stand-in/faults.ts'
import type { ThreadBook } from '#stand-in/thread-book.ts'
import { tokensIn } from '#line.ts'

type Controlled = { readonly book: ThreadBook; readonly faults: Faults; readonly echoes: Echoes }

/** How a run steers the stand-in and reads what it saw. No pretended host leads here. */
export function handleControl(call: Call, on: Controlled): void {
  const { path, response, body } = call
  switch (path[0] ?? '') {
    case 'record': {
      answerJson(response, 200, { ...on.book.record(), openEchoes: on.echoes.open })
      break
    }
    case 'progress': {
      answerJson(response, 200, { tokens: on.book.tokens, openEchoes: on.echoes.open })
      break
    }
    case 'visible': {
      streamTokens(call, on.book)
      break
    }
    case 'faults': {
      // Written by this very package's client.
      on.faults.set(JSON.parse(body) as FaultPlan)
      answerJson(response, 200, {})
      break
    }
    case 'echoes': {
      // As above; null switches them off.
      on.echoes.set((JSON.parse(body) as EchoPlan | null) ?? undefined)
      answerJson(response, 200, {})
      break
    }
    case 'clock': {
      on.book.clockOffsetMs = Number(body)
      answerJson(response, 200, {})
      break
    }
    case 'clear': {
      on.book.clear()
      answerJson(response, 200, {})
      break
    }
    default: {
      response.writeHead(404).end()
    }
  }
}

/** Every token, one a line, as its answer becomes visible. */
function streamTokens({ response }: Call, book: ThreadBook): void {
  response.writeHead(200, { 'content-type': 'text/plain' })
  response.flushHeaders()
  let pending = ''
  const stop = book.onShown(({ text }) => {
    if (pending === '') {
      setImmediate(() => {
        response.write(pending)
        pending = ''
      })
    }
    pending += tokensIn(text)
      .map((token) => `${token}\n`)
      .join('')
  })
  response.on('close', stop)
}
