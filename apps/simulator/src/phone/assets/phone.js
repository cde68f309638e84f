import { byId, call, clockText, el, fill } from './api.js'
import { fillAttachMenu } from './attach-menu.js'
import { drawInbox } from './inbox.js'
import { drawLog } from './log.js'
import { drawPane } from './pane.js'
import { drawThread } from './thread.js'

const LOG_LINES = 60
const TYPING_LOOK_MS = 2000

const here = new URLSearchParams(location.search)
const view = {
  person: here.get('person') ?? 'ana',
  account: here.get('account') ?? 'lumen.chiro',
  quoted: null,
  edited: null,
}

let state
let isReading = false
let isStale = false
let typingTimer

/** Reads everything and draws it; changes that arrive meanwhile are read once more afterwards. */
async function refresh() {
  if (isReading) {
    isStale = true
    return
  }
  isReading = true
  try {
    await read()
    say('Live', true)
  } catch (error) {
    say(error.message)
  } finally {
    isReading = false
  }
  if (isStale) {
    isStale = false
    void refresh()
  }
}

/** The dot at the top: green with `Live`, red with what is wrong. */
function say(words, isGood = false) {
  byId('live').textContent = words
  if (isGood) byId('live').dataset.on = 'true'
  else delete byId('live').dataset.on
}

async function read() {
  state = await call('GET', '/state')
  choose()
  const [thread, { threads }, { calls }, { deliveries }] = await Promise.all([
    call('GET', `/threads/${view.account}/${view.person}`),
    call('GET', '/threads'),
    call('GET', `/calls?last=${LOG_LINES}`),
    call('GET', `/webhooks?last=${LOG_LINES}`),
  ])
  drawInbox({ state, view, threads, go })
  drawPhone(thread)
  drawPane(byId('pane'), state, view)
  drawLog({ calls, deliveries, state })
  await tellSeen(thread)
  clearTimeout(typingTimer)
  if (thread.isTyping) typingTimer = setTimeout(() => void refresh(), TYPING_LOOK_MS)
}

/** Falls back to the first person and account when the address names unknown ones. */
function choose() {
  if (!state.people.some(({ key }) => key === view.person)) view.person = state.people[0]?.key
  if (!state.accounts.some(({ key }) => key === view.account)) view.account = state.accounts[0]?.key
}

function go(change) {
  Object.assign(view, change, { quoted: null, edited: null })
  const query = new URLSearchParams({ person: view.person, account: view.account })
  history.replaceState(null, '', `?${query}`)
  byId('messages').replaceChildren()
  void refresh()
}

const accountOf = () => state.accounts.find(({ key }) => key === view.account)
function drawPhone(thread) {
  const account = accountOf()
  byId('time').textContent = clockText(state.clock.nowMs)
  fill(byId('peer'), [account.key, account.username, account.connected], () => [
    el('img', { src: account.pictureUrl, alt: '', width: 38, height: 38 }),
    el('span', {}, el('b', {}, account.username), el('small', {}, account.name)),
    el(
      'span',
      { className: account.connected ? 'pill on' : 'pill' },
      account.connected ? 'Connected' : 'Not connected',
    ),
  ])
  drawNotice(account)
  drawThread(byId('messages'), thread, {
    person: view.person,
    account: view.account,
    name: account.name,
    picture: account.pictureUrl,
    write,
    quote(message) {
      Object.assign(view, { quoted: message, edited: null })
      drawQuoting()
      byId('message').focus()
    },
    edit(message) {
      Object.assign(view, { edited: message, quoted: null })
      byId('message').value = message.text
      drawQuoting()
      byId('message').focus()
    },
  })
  drawStarters(thread)
  drawQuoting()
}

function drawNotice(account) {
  const { name, webhook } = state.apps.instagram
  const notice = byId('notice')
  notice.hidden = account.connected && webhook !== null
  if (notice.hidden) return
  const words = account.connected
    ? [`${name} has set no webhook callback.`, ' Messages reach nobody until it has one.']
    : [
        `${account.username} is not connected to any app yet.`,
        ` Open ${name}, press “Connect Instagram”, choose this account and Allow. You can write before that, but nobody is told.`,
      ]
  fill(notice, words, () => [el('b', {}, words[0]), el('span', {}, words[1])])
}

/** Ice breakers of an empty thread, and the persistent menu. */
function drawStarters(thread) {
  const actions = [...thread.iceBreakers, ...thread.persistentMenu].flatMap(
    ({ call_to_actions: list = [] }) => list,
  )
  const taps = actions.filter(({ payload }) => payload !== undefined)
  const starters = byId('starters')
  starters.hidden = taps.length === 0
  fill(starters, taps, () =>
    taps.map(({ question, title = question, payload }) =>
      el(
        'button',
        { type: 'button', onclick: () => write({ postback: { title, payload } }) },
        title,
      ),
    ),
  )
}

function drawQuoting() {
  const box = byId('quoting')
  const message = view.quoted ?? view.edited
  box.hidden = !message
  if (!message) return
  box.replaceChildren(
    el('span', {}, `${view.edited ? 'Editing' : 'Replying to'}: ${message.text ?? 'a message'}`),
    el(
      'button',
      {
        type: 'button',
        'aria-label': 'Stop',
        onclick() {
          Object.assign(view, { quoted: null, edited: null })
          drawQuoting()
        },
      },
      '×',
    ),
  )
}

async function write(message) {
  const { person, account, quoted } = view
  view.quoted = null
  byId('messages').scrollTop = byId('messages').scrollHeight
  await attempt(() =>
    call('POST', `/people/${person}/messages`, {
      account,
      ...message,
      ...(quoted && !message.postback && { replyTo: { mid: quoted.mid } }),
    }),
  )
}

async function attempt(work) {
  try {
    await work()
  } catch (error) {
    say(error.message)
  }
  await refresh()
}

/** Opening the thread is reading it, as on a real phone. */
async function tellSeen(thread) {
  const last = thread.messages.findLast(({ from }) => from === 'account')
  const isOpen = document.visibilityState === 'visible' && byId('receipts').checked
  if (!last || !isOpen || thread.seenByPersonMid === last.mid) return
  await call('POST', `/people/${view.person}/seen`, { account: view.account, mid: last.mid })
}

byId('composer').addEventListener('submit', (event) => {
  event.preventDefault()
  const text = byId('message').value.trim()
  if (text === '') return
  byId('message').value = ''
  const { edited, person, account } = view
  view.edited = null
  if (!edited) void write({ text })
  else
    void attempt(() => call('POST', `/people/${person}/edit`, { account, mid: edited.mid, text }))
})
byId('person').addEventListener('change', (event) => go({ person: event.target.value }))
byId('account').addEventListener('change', (event) => go({ account: event.target.value }))
document.addEventListener('visibilitychange', () => void refresh())
document.addEventListener('click', (event) => {
  for (const menu of document.querySelectorAll('details.attach[open], details.actions[open]')) {
    if (!menu.contains(event.target)) menu.open = false
  }
})

for (const button of document.querySelectorAll('[data-show]')) {
  button.addEventListener('click', () => {
    document.body.dataset.view = button.dataset.show
    for (const other of document.querySelectorAll('[data-show]')) {
      other.setAttribute('aria-pressed', String(other === button))
    }
  })
}

fillAttachMenu(write)

const events = new EventSource('/simulator/events')
events.addEventListener('ready', () => {
  void refresh()
})
events.addEventListener('change', () => void refresh())
events.addEventListener('error', () => {
  say('The simulator is not running')
})
