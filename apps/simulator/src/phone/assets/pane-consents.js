import { byId, call, el } from './api.js'
import { button } from './controls.js'

const NAMES = { instagram: 'Instagram login', facebook: 'Facebook login' }

/** "Apps and websites": what the account's owner allowed, and can take back. */
export function drawConsents(account) {
  if (!account) return []
  const { key, logins } = account
  return Object.entries(NAMES).map(([app, name]) =>
    el(
      'div',
      { className: 'consent' },
      el('p', { className: 'login' }, el('b', {}, name), logins[app] ? ' allowed' : ' not allowed'),
      el(
        'div',
        { className: 'buttons' },
        logins[app] &&
          button('Remove', async () => {
            const { deauthorize } = await call('POST', '/remove-app', { account: key, app })
            return deauthorize
          }),
        button('Request data deletion', async () =>
          showReceipt(await call('POST', '/data-deletion', { account: key, app })),
        ),
      ),
    ),
  )
}

/** Where Meta shows the person the address and code of their request. */
export const receiptFrame = () =>
  el('p', { id: 'deletionReceipt', className: 'hint', role: 'status' })

/** Meta's dashboard: one app's two callback addresses, and the test that names nobody. */
export function drawCallbacks(app) {
  const name = NAMES[app]
  const field = (words) =>
    el('input', { type: 'url', 'aria-label': `${words}, ${name}`, placeholder: words })
  const deauthorize = field('Deauthorize callback URL')
  const deletion = field('Data deletion request URL')
  deauthorize.id = `deauthorize-${app}`
  deletion.id = `deletion-${app}`
  const save = async () =>
    await call('POST', '/apps', {
      [app]: {
        deauthorizeUrl: deauthorize.value || null,
        dataDeletionUrl: deletion.value || null,
      },
    })
  const test = (path) => async () => await call('POST', path, { app, userId: '0' })
  return el(
    'div',
    { className: 'callback' },
    el('p', { className: 'login' }, el('b', {}, name), ' callbacks'),
    deauthorize,
    deletion,
    el(
      'div',
      { className: 'buttons' },
      button('Save', save),
      button('Test deauthorize', test('/deauthorize')),
      button('Test deletion', async () => showReceipt(await test('/data-deletion')())),
    ),
  )
}

/** Addresses as they are, unless somebody is typing. */
export function showCallbacks(apps) {
  for (const [app, { deauthorizeUrl, dataDeletionUrl }] of Object.entries(apps)) {
    const values = { deauthorize: deauthorizeUrl, deletion: dataDeletionUrl }
    for (const [name, value] of Object.entries(values)) {
      const input = byId(`${name}-${app}`)
      if (document.activeElement !== input) input.value = value ?? ''
    }
  }
}

function showReceipt(outcome) {
  const place = byId('deletionReceipt')
  if (outcome.complaint !== null) {
    place.textContent = `Meta is not content: ${outcome.complaint}`
    return outcome
  }
  const { url, confirmation_code: code } = JSON.parse(outcome.body)
  place.replaceChildren(
    'Requested. ',
    el('a', { href: url, target: '_blank', rel: 'noreferrer' }, 'Status page'),
    `, code ${code}`,
  )
  return outcome
}
