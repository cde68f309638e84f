import { answerGraphError, answerJson } from '#stand-in/answer.ts'
import type { Call } from '#stand-in/answer.ts'
import { CallBudget } from '#stand-in/budget.ts'
import type { Echoes } from '#stand-in/echoes.ts'
import type { Faults } from '#stand-in/faults.ts'
import type { Login } from '#stand-in/login.ts'
import {
  listConversations,
  readConversation,
  readConversationId,
  readConversationMessages,
  readMessage,
} from '#stand-in/reading.ts'
import { answerOutage, handleSend } from '#stand-in/send.ts'
import type { ThreadBook } from '#stand-in/thread-book.ts'
import { ownerOf, tokenOf } from '#stand-in/tokens.ts'
import { accountNumber, appScopedId } from '#world.ts'

const SENDS_PER_SECOND = 100
const CONVERSATION_READS_PER_SECOND = 2

type Subscription = { readonly fields: string[] }

/** `graph.instagram.com`, as far as connecting, answering and settling need it. */
export class Graph {
  readonly #book: ThreadBook
  readonly #faults: Faults
  readonly #echoes: Echoes
  readonly #login: Login
  readonly #sends = new CallBudget(SENDS_PER_SECOND)
  readonly #reads = new CallBudget(CONVERSATION_READS_PER_SECOND)
  readonly #subscriptions = new Map<string, Subscription>()

  constructor(parts: { book: ThreadBook; faults: Faults; echoes: Echoes; login: Login }) {
    this.#book = parts.book
    this.#faults = parts.faults
    this.#echoes = parts.echoes
    this.#login = parts.login
  }

  handle(call: Call): void {
    const [first, node, edge] = call.path
    if (first === 'access_token' || first === 'refresh_access_token') {
      if (!this.#meetsOutage(call, 'token')) this.#login.longLived(call)
      return
    }
    const ownerId = ownerOf(tokenOf(call))
    if (ownerId === undefined || node === undefined) {
      const message = 'Error validating access token: the session is invalid'
      answerGraphError(call.response, 400, { message, code: 190, subcode: 463 })
      return
    }
    const self = node === 'me' || node === ownerId || node === appScopedId(accountNumber(ownerId))
    if (self && edge === 'messages' && call.method === 'POST') {
      handleSend(call, ownerId, {
        book: this.#book,
        faults: this.#faults,
        echoes: this.#echoes,
        sends: this.#sends,
      })
    } else if (!this.#meetsOutage(call, self ? (edge ?? 'account') : 'node')) {
      if (self) this.#ownNode(call, ownerId, edge)
      else this.#otherNode(call, ownerId, node, edge)
    }
  }

  #meetsOutage(call: Call, kind: string): boolean {
    this.#book.countRead(kind)
    const outage = this.#faults.outageOfRead()
    if (outage !== undefined) answerOutage(call.response, outage)
    return outage !== undefined
  }

  #ownNode(call: Call, ownerId: string, edge: string | undefined): void {
    switch (edge) {
      case undefined: {
        answerJson(call.response, 200, {
          id: appScopedId(accountNumber(ownerId)),
          user_id: ownerId,
          username: `shop.${ownerId.slice(-7)}`,
          name: `Shop ${ownerId.slice(-7)}`,
          account_type: 'Business',
          followers_count: 1,
          follows_count: 1,
          media_count: 0,
        })
        break
      }
      case 'subscribed_apps': {
        this.#subscription(call, ownerId)
        break
      }
      case 'conversations': {
        if (this.#reads.take(ownerId)) listConversations(call, ownerId, this.#book)
        else answerOutage(call.response, '613')
        break
      }
      default: {
        answerJson(call.response, 200, { data: [] })
      }
    }
  }

  #subscription({ method, query, body, response }: Call, ownerId: string): void {
    if (method === 'POST') {
      const named =
        query.get('subscribed_fields') ?? new URLSearchParams(body).get('subscribed_fields') ?? ''
      this.#subscriptions.set(ownerId, { fields: named.split(',').filter((field) => field !== '') })
      answerJson(response, 200, { success: true })
    } else if (method === 'DELETE') {
      this.#subscriptions.delete(ownerId)
      answerJson(response, 200, { success: true })
    } else {
      const known = this.#subscriptions.get(ownerId)
      const data =
        known === undefined ? [] : [{ app_id: '1234567890', subscribed_fields: known.fields }]
      answerJson(response, 200, { data })
    }
  }

  #otherNode(call: Call, ownerId: string, node: string, edge: string | undefined): void {
    const thread = readConversationId(node)
    const message = this.#book.byMid(node)
    if (thread?.accountId === ownerId) {
      if (!this.#reads.take(ownerId)) answerOutage(call.response, '613')
      else if (edge === 'messages') readConversationMessages(call, thread, this.#book)
      else readConversation(call, thread, this.#book)
    } else if (message?.accountId === ownerId) {
      readMessage(call, message, this.#book)
    } else if (/^9000\d{12}$/.test(node)) {
      const username = `person.${node.slice(-7)}`
      answerJson(call.response, 200, { id: node, name: `Person ${node.slice(-7)}`, username })
    } else {
      const message = `Object with ID '${node}' does not exist`
      answerGraphError(call.response, 400, { message, code: 100, subcode: 33 })
    }
  }
}
