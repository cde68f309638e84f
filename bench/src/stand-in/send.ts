import { monotonicMs } from '#monotonic.ts'
import { answerGraphError, answerJson } from '#stand-in/answer.ts'
import type { Call } from '#stand-in/answer.ts'
import type { Echoes } from '#stand-in/echoes.ts'
import type { Faults, Outage } from '#stand-in/faults.ts'
import type { CallBudget } from '#stand-in/budget.ts'
import type { ThreadBook } from '#stand-in/thread-book.ts'

type Sending = {
  readonly book: ThreadBook
  readonly faults: Faults
  readonly echoes: Echoes
  readonly sends: CallBudget
}

const TEXT_BYTES_MAX = 1_000

/** `POST /{v}/{ig-id}/messages`: shows a text to a person, unless a fault has it otherwise. */
export function handleSend(call: Call, accountId: string, on: Sending): void {
  const { response, request } = call
  const body = readSend(call.body)
  if (body === undefined) {
    answerGraphError(response, 400, { message: 'Invalid parameter', code: 100 })
    return
  }
  const { igsid, text } = body
  if (text === undefined) {
    answerJson(response, 200, { recipient_id: igsid })
    return
  }
  const attempted = (outcome: string): void =>
    on.book.attempted({ atMs: monotonicMs(), accountId, igsid, text, outcome })
  if (Buffer.byteLength(text) > TEXT_BYTES_MAX) {
    attempted('too long')
    answerGraphError(response, 400, { message: 'Too long', code: 100, subcode: 2534015 })
    return
  }
  if (!on.sends.take(accountId)) {
    attempted('over the rate')
    answerOutage(response, '613')
    return
  }
  const show = (): string => {
    const message = on.book.show(accountId, igsid, text)
    on.echoes.echo(message)
    return message.mid
  }
  const fate = on.faults.fateOfSend(accountId)
  switch (fate.kind) {
    case 'well': {
      attempted('shown')
      answerJson(response, 200, { recipient_id: igsid, message_id: show() })
      break
    }
    case 'lost-response': {
      attempted('shown, answer lost')
      show()
      request.socket.destroy()
      break
    }
    case 'outage': {
      attempted(fate.shown ? `${fate.outage}, yet shown` : fate.outage)
      if (fate.shown) show()
      answerOutage(response, fate.outage)
      break
    }
    case 'hang': {
      attempted(fate.shown ? 'hung, yet shown' : 'hung')
      if (fate.shown) show()
      const timer = setTimeout(() => request.socket.destroy(), fate.forMs)
      request.socket.once('close', () => clearTimeout(timer))
      break
    }
  }
}

export function answerOutage(response: Call['response'], kind: Outage['kind']): void {
  switch (kind) {
    case 'error-body': {
      answerGraphError(response, 500, { message: 'An unexpected error has occurred', code: 2 })
      break
    }
    case 'transient': {
      const message = 'An unknown error occurred'
      answerGraphError(response, 500, { message, code: 1, subcode: 99, transient: true })
      break
    }
    case '429': {
      answerGraphError(response, 429, { message: 'Application request limit reached', code: 4 })
      break
    }
    case '613': {
      const message = 'Calls to this api have exceeded the rate limit.'
      answerGraphError(response, 400, { message, code: 613, subcode: 2534040 })
      break
    }
    case 'bare-500': {
      response.writeHead(500, { 'content-length': 0 }).end()
      break
    }
  }
}

/** @returns text undefined for what shows no message: typing, seen, reactions. */
function readSend(body: string): { igsid: string; text: string | undefined } | undefined {
  let parsed: {
    recipient?: { id?: unknown }
    message?: { text?: unknown }
    sender_action?: unknown
  }
  try {
    // Only looked at below, each field by its type.
    parsed = JSON.parse(body) as typeof parsed
  } catch {
    return undefined
  }
  const igsid = parsed.recipient?.id
  const text = parsed.message?.text
  if (typeof igsid !== 'string') return undefined
  if (typeof text === 'string' && text !== '') return { igsid, text }
  return typeof parsed.sender_action === 'string' ? { igsid, text: undefined } : undefined
}
