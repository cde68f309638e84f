import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { Target } from '#request-slab.ts'

/** An HTTP status, or 0: the connection was refused, cut or silent for too long. */
export type Status = number

const CRLF2 = '\r\n\r\n'
const ANSWER_BYTES_MAX = 65_536

/**
 * One keep-alive connection that writes ready-made requests, one at a time, and reads as little of each answer as
 * tells where it ends. A general client would cost the machine more than the servers under test.
 */
export class RawConnection {
  readonly #target: Target
  readonly #timeoutMs: number
  #socket: Socket | undefined
  #received = ''
  #settle: ((status: Status) => void) | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(target: Target, timeoutMs = 30_000) {
    this.#target = target
    this.#timeoutMs = timeoutMs
  }

  /** Calls back once: with the answer's status, or 0. A cut connection is opened anew by the next request. */
  send(request: Buffer, settle: (status: Status) => void): void {
    if (this.#settle !== undefined) throw new Error('one request at a time')
    this.#settle = settle
    this.#timer ??= setTimeout(() => this.#fail(), this.#timeoutMs)
    this.#timer.refresh()
    this.#socket ??= this.#open()
    this.#socket.write(request)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#settle = undefined
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #open(): Socket {
    const { host, port } = this.#target
    const socket: Socket = connect({
      host,
      port,
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(16_384),
        callback: (bytes, buffer) => {
          // The buffer is the one given above.
          if (socket === this.#socket) this.#read((buffer as Buffer).toString('latin1', 0, bytes))
          return true
        },
      },
    })
    const cut = (): void => {
      if (socket === this.#socket) this.#fail()
    }
    socket.on('error', cut)
    socket.on('close', cut)
    return socket
  }

  #fail(): void {
    const settle = this.#settle
    this.close()
    this.#timer = undefined
    this.#received = ''
    settle?.(0)
  }

  #read(text: string): void {
    const received = this.#received === '' ? text : this.#received + text
    const answer = parseAnswer(received)
    if (answer === 'malformed') {
      this.#fail()
      return
    }
    if (answer === 'unfinished') {
      this.#received = received
      return
    }
    this.#received = ''
    const settle = this.#settle
    this.#settle = undefined
    if (answer.closes) {
      const socket = this.#socket
      this.#socket = undefined
      socket?.destroy()
    }
    settle?.(answer.status)
  }
}

type Answer = { readonly status: Status; readonly closes: boolean }

/** @returns 'unfinished' until the whole answer is here. */
export function parseAnswer(received: string): Answer | 'unfinished' | 'malformed' {
  const headEnd = received.indexOf(CRLF2)
  if (headEnd < 0) return received.length > ANSWER_BYTES_MAX ? 'malformed' : 'unfinished'
  const head = received.slice(0, headEnd + 2).toLowerCase()
  if (!head.startsWith('http/1.1 ')) return 'malformed'
  const answer = {
    status: Number(head.slice(9, 12)),
    closes: head.includes('\r\nconnection: close\r\n'),
  }
  const bodyStart = headEnd + CRLF2.length
  const at = head.indexOf('\r\ncontent-length: ')
  if (at >= 0) {
    const length = Number(head.slice(at + 18, head.indexOf('\r\n', at + 18)))
    return received.length >= bodyStart + length ? answer : 'unfinished'
  }
  if (head.includes('\r\ntransfer-encoding: chunked\r\n')) {
    const ended = received.endsWith('\r\n0\r\n\r\n') || received.startsWith('0\r\n\r\n', bodyStart)
    return ended ? answer : 'unfinished'
  }
  return answer
}
