import { byId, el, fill } from './api.js'

const nameOf = ({ name, username }) => (name === null ? `@${username}` : `${name} (@${username})`)

/** The two pickers, and a line for every business. */
export function drawInbox({ state, view, threads, go }) {
  drawPickers(state, view)
  drawRows({ state, view, threads, go })
}

function drawPickers({ people, accounts }, view) {
  const option = (value, words) => el('option', { value }, words)
  fill(byId('person'), people, () => people.map((one) => option(one.key, nameOf(one))))
  fill(
    byId('account'),
    accounts.map(({ key }) => key),
    () => accounts.map(({ key, username }) => option(key, username)),
  )
  byId('person').value = view.person
  const { pictureUrl } = people.find(({ key }) => key === view.person) ?? {}
  byId('me').hidden = !pictureUrl
  if (pictureUrl && byId('me').getAttribute('src') !== pictureUrl) byId('me').src = pictureUrl
  byId('account').value = view.account
}

function drawRows({ state, view, threads, go }) {
  const rows = state.accounts.map((account) => ({
    account,
    thread: threads.find((one) => one.account === account.key && one.person === view.person),
  }))
  fill(byId('threads'), [rows, view.account], () => rows.map((row) => drawRow(row, view, go)))
  const hint = byId('link')
  const { webhook } = state.apps.instagram
  hint.textContent = webhook
    ? `Webhooks go to ${webhook.callbackUrl}`
    : 'No product has set a webhook callback yet.'
}

function drawRow({ account, thread }, view, go) {
  const isCurrent = account.key === view.account
  const last = thread?.isTyping ? 'typing…' : (thread?.lastText ?? account.name)
  return el(
    'li',
    {},
    el(
      'button',
      {
        type: 'button',
        className: `${isCurrent ? 'current' : ''} ${thread?.isUnseen && !isCurrent ? 'unseen' : ''}`,
        'aria-current': isCurrent ? 'true' : undefined,
        onclick: () => go({ account: account.key }),
      },
      el('img', { src: account.pictureUrl, alt: '', width: 48, height: 48 }),
      el('span', {}, el('b', {}, account.username), el('small', {}, last)),
      el('i', {
        className: account.connected ? 'dot on' : 'dot',
        title: account.connected ? 'Connected to an app' : 'Not connected to any app',
      }),
    ),
  )
}
