import { byId, el } from './api.js'

/** Runs, and says so at the foot of the pane. */
export function button(words, run, className = '') {
  return el(
    'button',
    {
      type: 'button',
      className,
      onclick: () => void attempt(words, run),
    },
    words,
  )
}

export async function attempt(words, run) {
  const note = byId('paneNote')
  try {
    const reply = await run()
    note.textContent = reply?.complaint ? `${words}: ${reply.complaint}` : `${words}: done`
  } catch (error) {
    note.textContent = `${words}: ${error.message}`
  }
}

export function toggle(words, checked, onChange) {
  return el(
    'label',
    { className: 'line' },
    el('span', {}, words),
    el('input', {
      type: 'checkbox',
      role: 'switch',
      className: 'switch',
      checked,
      onchange: (event) => void onChange(event.target.checked),
    }),
  )
}

export const select = (words, options) =>
  el(
    'select',
    { 'aria-label': words },
    ...options.map(([value, text]) => el('option', { value: JSON.stringify(value) }, text)),
  )
