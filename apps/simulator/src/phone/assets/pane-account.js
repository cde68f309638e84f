import { call, dateText, el } from './api.js'
import { button, toggle } from './controls.js'

/** What can happen to the chosen account, and what its owner types. */
export function drawAccount(account, view) {
  if (!account) return []
  const { key, logins } = account
  const revoke = (subcode) => () => call('POST', '/tokens/revoke', { account: key, subcode })
  const owner = el('input', {
    'aria-label': 'Typed by the owner',
    placeholder: 'Typed by the owner, by hand…',
  })
  return [
    el('p', { className: 'hint' }, `Everything here is about ${key}.`),
    ...Object.entries(logins).map(([app, login]) => drawLogin(app, login)),
    el(
      'div',
      { className: 'buttons' },
      button('Expire tokens', () => call('POST', '/tokens/expire', { account: key })),
      button('Password changed', revoke(460)),
      button('Security check', revoke(459)),
    ),
    toggle('Owner allows access to messages', account.allowsMessageAccess, (allowsMessageAccess) =>
      call('PATCH', `/accounts/${key}`, { allowsMessageAccess }),
    ),
    toggle('Accepted as tester', account.isTester, (isTester) =>
      call('PATCH', `/accounts/${key}`, { isTester }),
    ),
    el(
      'form',
      {
        className: 'inline',
        onsubmit(event) {
          event.preventDefault()
          if (owner.value.trim() === '') return
          void call('POST', `/accounts/${key}/messages`, { person: view.person, text: owner.value })
          owner.value = ''
        },
      },
      owner,
      el('button', { type: 'submit' }, 'Type'),
    ),
  ]
}

function drawLogin(app, login) {
  const name = app === 'instagram' ? 'Instagram login' : 'Facebook login'
  if (!login) return el('p', { className: 'login' }, el('b', {}, name), ' not used')
  const token = login.tokens.at(-1)
  const life = !token
    ? 'no token'
    : !token.isAlive
      ? 'token is dead'
      : token.expiresAtMs === null
        ? 'token never expires'
        : `token until ${dateText(token.expiresAtMs)}`
  const hears = login.isSubscribed ? 'subscribed' : 'not subscribed'
  return el('p', { className: 'login' }, el('b', {}, name), ` ${hears}, ${life}`)
}
