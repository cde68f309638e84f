import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { HttpPort, HttpRequest, HttpResponse } from '@parley/instagram/http-port.ts'

export type SentMessage = { readonly to: string; readonly text: string; readonly mid: string }

/** What the next send meets: Meta's refusal, a shown message whose answer is lost, no connection at all. */
export type Fault =
  | {
      readonly error: { code: number; error_subcode?: number; is_transient?: boolean }
      readonly status: number
    }
  | 'lost-answer'
  | 'no-connection'
  | 'cut-before'

/** A Meta in memory for sends and conversation reads: enough to see what reached whom. */
export function fakeGraph(nowMs: () => number): {
  readonly http: HttpPort
  /** In the order people saw them. */
  readonly sent: SentMessage[]
  readonly faults: Fault[]
  /** Waits in a send's answer until it is called. */
  hold: Promise<void> | undefined
  readonly calls: string[]
} {
  const sent: (SentMessage & { atMs: number })[] = []
  const faults: Fault[] = []
  const calls: string[] = []
  const graph = { sent, faults, calls, hold: undefined as Promise<void> | undefined }
  const http: HttpPort = async (request) => {
    const url = new URL(request.url)
    calls.push(`${request.method} ${url.pathname}`)
    if (request.method === 'POST') {
      const answer = send(request)
      await graph.hold
      return answer
    }
    if (url.pathname.endsWith('/conversations')) {
      return json(200, {
        data: [
          {
            id: `thread-${url.searchParams.get('user_id')}`,
            updated_time: '2026-11-20T12:00:00+0000',
          },
        ],
      })
    }
    const thread = /thread-(\d+)$/.exec(url.pathname)?.[1]
    if (thread !== undefined) return json(200, threadOf(thread, sent, accountOf.get(thread) ?? ''))
    return json(200, { user_id: '1', id: '2', username: 'test.account' })
  }
  const accountOf = new Map<string, string>()

  const send = (request: HttpRequest): HttpResponse => {
    const body = JSON.parse(String(request.body)) as {
      recipient: { id: string }
      message?: { text?: string }
      sender_action?: string
    }
    if (body.sender_action !== undefined) return json(200, { recipient_id: body.recipient.id })
    const fault = faults.shift()
    if (fault === 'no-connection') throw new HttpFailure('not_connected')
    if (fault === 'cut-before') throw new HttpFailure('after_sent')
    if (fault !== undefined && fault !== 'lost-answer') {
      return json(fault.status, {
        error: { message: 'refused', type: 'OAuthException', ...fault.error },
      })
    }
    const mid = `mid-${sent.length + 1}`
    accountOf.set(body.recipient.id, new URL(request.url).pathname.split('/').at(-2) ?? '')
    sent.push({ to: body.recipient.id, text: body.message?.text ?? '', mid, atMs: nowMs() })
    if (fault === 'lost-answer') throw new HttpFailure('after_sent')
    return json(200, { recipient_id: body.recipient.id, message_id: mid })
  }
  return Object.assign(graph, { http })
}

/** Newest first, as Meta lists them. */
function threadOf(
  person: string,
  sent: readonly (SentMessage & { atMs: number })[],
  accountId: string,
): object {
  const data = sent
    .filter((one) => one.to === person)
    .toReversed()
    .map(({ mid, atMs, text }) => {
      return {
        id: mid,
        created_time: new Date(atMs).toISOString(),
        from: { id: accountId },
        message: text,
      }
    })
  return { messages: { data }, id: `thread-${person}` }
}

function json(status: number, value: unknown): HttpResponse {
  return { status, headers: {}, body: Buffer.from(JSON.stringify(value)) }
}
