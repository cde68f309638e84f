import { byId, el, fill } from './api.js'

const secondsText = (atMs) =>
  new Date(atMs).toLocaleTimeString([], {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  })

/** The newest webhooks and Graph calls, newest first. */
export function drawLog({ calls, deliveries }) {
  fill(byId('webhooks'), deliveries, () => rowsOr(deliveries, drawDelivery, 'No webhooks yet.'))
  fill(byId('calls'), calls, () => rowsOr(calls, drawCall, 'No calls yet.'))
}

const HOSTS = {
  'api.instagram.com': 'Instagram login',
  'graph.instagram.com': 'Instagram',
  'graph.facebook.com': 'Facebook',
}

const rowsOr = (items, draw, empty) =>
  items.length > 0 ? items.toReversed().map(draw) : [el('li', { className: 'empty' }, empty)]

function drawDelivery(delivery) {
  const last = delivery.attempts.at(-1)
  const word = last ? (last.status ?? 'no answer') : '…'
  const tries = delivery.attempts.length > 1 ? ` · try ${delivery.attempts.length}` : ''
  const wait = delivery.state === 'retrying' ? ' · will retry' : ''
  return el(
    'li',
    { title: last?.error ?? '' },
    el('time', {}, secondsText(delivery.createdAtMs)),
    el(
      'span',
      {},
      el('b', {}, [...new Set(delivery.kinds)].join(', ')),
      el('small', {}, `${delivery.accountKeys.join(', ') || '—'} · ${delivery.app}${tries}${wait}`),
    ),
    el('code', { className: last?.status === 200 ? 'good' : last ? 'bad' : '' }, String(word)),
  )
}

function drawCall(call) {
  const isGood = call.status === 200
  return el(
    'li',
    {},
    el('time', {}, secondsText(call.atMs)),
    el(
      'span',
      {},
      el('b', {}, `${call.method} ${shorten(call.path)}`),
      el(
        'small',
        {},
        [call.account, HOSTS[call.host], call.fault && `fault ${call.fault}`]
          .filter(Boolean)
          .join(' · '),
      ),
    ),
    el(
      'code',
      { className: isGood ? 'good' : 'bad' },
      call.status === null
        ? 'cut'
        : call.code
          ? `${call.status} · ${call.code}`
          : String(call.status),
    ),
  )
}

/** Ids and mids are long; their ends tell them apart. */
const shorten = (path) => path.replaceAll(/[^/]{18,}/g, (part) => `…${part.slice(-6)}`)
