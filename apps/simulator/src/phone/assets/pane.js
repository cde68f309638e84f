import { byId, call, dateText, el, fill } from './api.js'
import { attempt, button, select, toggle } from './controls.js'
import { drawAccount } from './pane-account.js'
import { drawCallbacks, drawConsents, receiptFrame, showCallbacks } from './pane-consents.js'
import { FAULTS, GROUPS, PATHS } from './switches.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const MOVES = [
  ['+1 h', HOUR_MS],
  ['+24 h', DAY_MS],
  ['+7 d', 7 * DAY_MS],
  ['+30 d', 30 * DAY_MS],
  ['+60 d', 60 * DAY_MS],
]

/** Draws the pane. Its parts are redrawn one by one, when what they show has changed. */
export function drawPane(root, state, view) {
  if (root.childElementCount === 0) root.append(...frames())
  byId('clockText').textContent = dateText(state.clock.nowMs)
  const account = state.accounts.find(({ key }) => key === view.account)
  fill(byId('accountPart'), account, () => drawAccount(account, view))
  const consents = account && { key: account.key, logins: account.logins }
  fill(byId('consentPart'), consents, () => drawConsents(account))
  showCallbacks(state.apps)
  fill(byId('faultList'), state.faults, () => state.faults.map(drawFault))
  fill(byId('heldPart'), state.heldWebhooks, () => drawHeld(state.heldWebhooks))
  for (const group of GROUPS) {
    for (const one of group.switches) showValue(one, state.switches[one.key])
  }
}

function frames() {
  return [
    part('Clock', true, drawClock()),
    part('Account', true, el('div', { id: 'accountPart' })),
    part('Apps and websites', true, el('div', { id: 'consentPart' }), receiptFrame()),
    part('Next calls', true, drawFaultForm(), el('ul', { id: 'faultList', className: 'faults' })),
    ...GROUPS.map(({ title, switches }) =>
      part(
        title,
        title === 'Webhooks',
        ...switches.map(drawSwitch),
        ...(title === 'Apps'
          ? [drawCallbackForm(), drawCallbacks('instagram'), drawCallbacks('facebook')]
          : []),
        ...(title === 'Webhooks' ? [el('div', { id: 'heldPart' }), drawOddWebhooks()] : []),
      ),
    ),
    el(
      'div',
      { className: 'buttons end' },
      button('Switches to default', () => call('DELETE', '/switches')),
      button('Start over', () => call('POST', '/reset'), 'danger'),
    ),
    el('p', { id: 'paneNote', className: 'hint', role: 'status' }),
  ]
}

const part = (title, open, ...children) =>
  el('details', { className: 'part', open }, el('summary', {}, title), ...children)

function drawClock() {
  return el(
    'div',
    {},
    el('p', { id: 'clockText', className: 'clock' }),
    el(
      'div',
      { className: 'buttons' },
      ...MOVES.map(([words, advanceMs]) =>
        button(words, () => call('POST', '/clock', { advanceMs })),
      ),
      button('Now', () => call('POST', '/clock', { reset: true })),
    ),
  )
}

function drawFaultForm() {
  const kind = select(
    'What goes wrong',
    FAULTS.map(([words], index) => [index, words]),
  )
  const path = select(
    'With which calls',
    PATHS.map(([words], index) => [index, words]),
  )
  const times = el('input', {
    type: 'number',
    min: 1,
    max: 999,
    value: 1,
    'aria-label': 'How many times',
  })
  return el(
    'form',
    {
      className: 'faultForm',
      onsubmit(event) {
        event.preventDefault()
        const [, error] = FAULTS[kind.value]
        const [, fitting] = PATHS[path.value]
        void call('POST', '/faults', {
          error,
          times: Number(times.value),
          ...(fitting && { path: fitting }),
        })
      },
    },
    kind,
    path,
    times,
    el('button', { type: 'submit' }, 'Arm'),
  )
}

function drawFault(fault) {
  const { id, times, path = 'any call', error } = fault
  const words =
    typeof error === 'object'
      ? [error.code, error.subcode].filter(Boolean).join('/')
      : (error ?? 'delay')
  return el(
    'li',
    {},
    el('span', {}, `${times}× ${words} on ${path}`),
    el(
      'button',
      {
        type: 'button',
        'aria-label': `Disarm ${words}`,
        onclick: () => call('DELETE', `/faults/${id}`),
      },
      '×',
    ),
  )
}

function drawHeld(count) {
  if (count === 0) return []
  const release = (reverse) => () => call('POST', '/webhooks/release', { reverse })
  return [
    el(
      'div',
      { className: 'buttons' },
      button(`Release ${count}`, release(false)),
      button(`Release ${count} in reverse`, release(true)),
    ),
  ]
}

function drawOddWebhooks() {
  return el(
    'div',
    { className: 'buttons' },
    button('Dashboard test', () => call('POST', '/webhooks', { dashboardTest: 'changes' })),
    button('Unknown shape', () =>
      call('POST', '/webhooks', {
        kind: 'unknown shape',
        body: { object: 'instagram', entry: [{ id: '1', time: 1, surprise: [{ a: 'ä' }] }] },
      }),
    ),
    button('Not JSON', () => call('POST', '/webhooks', { kind: 'not JSON', raw: 'not json {' })),
  )
}

/** Meta's dashboard: callback and verify token, saved only after the handshake. */
function drawCallbackForm() {
  const url = el('input', {
    type: 'url',
    required: true,
    'aria-label': 'Callback URL',
    placeholder: 'Callback URL',
  })
  const token = el('input', { 'aria-label': 'Verify token', placeholder: 'Verify token' })
  return el(
    'form',
    {
      className: 'callback',
      async onsubmit(event) {
        event.preventDefault()
        const webhook = { callbackUrl: url.value, verifyToken: token.value }
        await attempt('Verify and save', () => call('POST', '/apps', { webhook, patienceMs: 0 }))
      },
    },
    url,
    token,
    el('button', { type: 'submit' }, 'Verify and save'),
  )
}

const change = (key, value) => call('POST', '/switches', { [key]: value })

function drawSwitch({ key, words, options, unit }) {
  if (options) {
    const list = select(words, options)
    list.id = `switch-${key}`
    list.addEventListener('change', () => void change(key, JSON.parse(list.value)))
    return el('label', { className: 'line' }, el('span', {}, words), list)
  }
  if (unit !== undefined) {
    const input = el('input', { id: `switch-${key}`, type: 'number', min: 0 })
    input.addEventListener('change', () => void change(key, Number(input.value)))
    return el(
      'label',
      { className: 'line' },
      el('span', {}, words),
      el('span', { className: 'unit' }, input, unit),
    )
  }
  const box = toggle(words, false, (value) => change(key, value))
  box.querySelector('input').id = `switch-${key}`
  return box
}

function showValue({ key, options, unit }, value) {
  const input = byId(`switch-${key}`)
  if (document.activeElement === input && unit !== undefined) return
  if (options) input.value = JSON.stringify(value)
  else if (unit === undefined) input.checked = value
  else input.value = value
}
