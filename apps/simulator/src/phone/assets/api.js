/** The one door to the control API. Browser code has no ports, only this. */
export async function call(method, path, body) {
  const answer = await window.fetch(`/simulator${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const reply = await answer.json()
  if (!answer.ok) throw new Error(reply.error ?? `HTTP ${answer.status}`)
  return reply
}

/** Makes an element. Properties starting with `on` listen, `aria…` and `data…` become attributes. */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
    else if (name.includes('-') || name === 'role') node.setAttribute(name, value)
    else node[name] = value
  }
  node.append(
    ...children.filter((child) => child !== null && child !== undefined && child !== false),
  )
  return node
}

export const byId = (id) => document.getElementById(id)

/** Replaces children only when what they show has changed, so that focus and scrolling survive. */
export function fill(node, key, make) {
  const text = JSON.stringify(key)
  if (node.dataset.key === text) return
  node.dataset.key = text
  node.replaceChildren(...make())
}

export const clockText = (atMs) =>
  new Date(atMs).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })

export const dateText = (atMs) =>
  new Date(atMs).toLocaleString([], {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  })
