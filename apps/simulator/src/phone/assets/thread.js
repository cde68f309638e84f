import { call, clockText, dateText, el } from './api.js'

const GAP_MS = 30 * 60_000
const isWeb = (url) => typeof url === 'string' && /^https?:\/\//.test(url)

/** Draws the conversation. Nodes of unchanged messages stay, so pictures do not flicker. */
export function drawThread(box, thread, context) {
  const wasAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60
  const { messages } = thread
  if (messages.length === 0) {
    box.replaceChildren(drawEmpty(context))
    return
  }
  const known = new Map([...box.children].map((node) => [node.dataset.mid, node]))
  const nodes = []
  for (const [index, message] of messages.entries()) {
    const before = messages[index - 1]
    if (!before || message.atMs - before.atMs > GAP_MS) {
      nodes.push(el('p', { className: 'gap' }, dateText(message.atMs)))
    }
    const isLast = index === messages.length - 1
    const sign = JSON.stringify([message, isLast, quoteOf(thread, message)])
    const old = known.get(message.mid)
    nodes.push(
      old?.dataset.sign === sign ? old : drawMessage(thread, message, isLast, context, sign),
    )
  }
  const end = messages.at(-1)
  if (end?.from === 'person' && thread.seenByAccountMid === end.mid) {
    nodes.push(el('p', { className: 'seen' }, 'Seen'))
  }
  if (thread.isTyping) nodes.push(drawTyping(context))
  box.replaceChildren(...nodes)
  if (wasAtEnd) box.scrollTop = box.scrollHeight
}

function drawMessage(thread, message, isLast, context, sign) {
  const row = el(
    'div',
    { className: `row ${message.from}`, 'data-mid': message.mid, 'data-sign': sign },
    el(
      'div',
      { className: 'stack' },
      quoteOf(thread, message) && el('p', { className: 'quote' }, quoteOf(thread, message)),
      drawBody(message, context),
      message.reactions.length > 0 &&
        el(
          'span',
          { className: 'reactions' },
          message.reactions.map(({ emoji }) => emoji).join(''),
        ),
      drawNote(message),
    ),
    drawActions(message, context),
  )
  if (isLast && message.quickReplies.length > 0) {
    return el(
      'div',
      { className: 'with-replies', 'data-mid': message.mid, 'data-sign': sign },
      row,
      drawQuickReplies(message, context),
    )
  }
  return row
}

function quoteOf(thread, { replyTo }) {
  if (!replyTo) return null
  if (replyTo.story) return 'Replied to a story'
  const quoted = thread.messages.find(({ mid }) => mid === replyTo.mid)
  return quoted?.text ?? 'Replied to a message'
}

function drawBody(message, context) {
  if (message.isDeleted) return el('p', { className: 'bubble ghost' }, 'Message unsent')
  if (message.isUnsupported)
    return el('p', { className: 'bubble ghost' }, 'Content the API cannot show')
  if (message.attachments.length > 0) {
    const parts = message.attachments.map((one) => drawAttachment(one, context))
    return el(
      'div',
      { className: 'parts' },
      ...parts,
      message.text && bubble(message.text, message),
    )
  }
  return bubble(message.text ?? '', message)
}

const bubble = (text, message) =>
  el('p', { className: message.postback ? 'bubble tapped' : 'bubble' }, text)

function drawNote(message) {
  const notes = []
  if (message.editCount > 0) notes.push('Edited')
  if (message.sentBy === 'owner') notes.push('Typed by hand')
  if (message.from === 'person' && message.deliveredTo.length === 0) {
    notes.push('Not delivered to any app')
  }
  return notes.length > 0 && el('p', { className: 'note' }, notes.join(' · '))
}

function drawAttachment({ type, payload = {} }, context) {
  if (type === 'template') return drawTemplate(payload, context)
  if (type === 'like_heart') return el('p', { className: 'heart' }, '❤️')
  const { url } = payload
  if (type === 'image' && isWeb(url))
    return el('img', { className: 'photo', src: url, alt: 'Photo' })
  if (type === 'audio' && isWeb(url)) return el('audio', { controls: true, src: url })
  return el(
    'div',
    { className: 'card' },
    isWeb(url) && /\.(png|jpe?g|svg)$/.test(url) && el('img', { src: url, alt: '' }),
    el('b', {}, WORDS[type] ?? type),
    payload.title && el('span', {}, payload.title),
    payload.id && el('span', {}, payload.id),
  )
}

const WORDS = {
  video: 'Video',
  audio: 'Voice message',
  file: 'File',
  ig_post: 'Shared post',
  MEDIA_SHARE: 'Post of the account',
  share: 'Share',
  ig_reel: 'Reel',
  reel: 'Reel',
  story_mention: 'Mentioned you in a story',
  ephemeral: 'View once',
  image: 'Image',
}

function drawTemplate(payload, context) {
  const elements = payload.elements ?? [{ title: payload.text, buttons: payload.buttons }]
  return el('div', { className: 'carousel' }, ...elements.map((one) => drawElement(one, context)))
}

function drawElement({ title, subtitle, image_url: image, buttons = [] }, context) {
  return el(
    'div',
    { className: 'card' },
    isWeb(image) && el('img', { src: image, alt: '' }),
    el('b', {}, title ?? 'Product'),
    subtitle && el('span', {}, subtitle),
    ...buttons.map((button) => {
      if (button.type === 'web_url') {
        return el(
          'a',
          { href: isWeb(button.url) ? button.url : '#', target: '_blank', rel: 'noreferrer' },
          button.title,
        )
      }
      const { title: words, payload } = button
      return el(
        'button',
        { type: 'button', onclick: () => context.write({ postback: { title: words, payload } }) },
        words,
      )
    }),
  )
}

function drawQuickReplies(message, context) {
  return el(
    'div',
    { className: 'chips', role: 'group', 'aria-label': 'Quick replies' },
    ...message.quickReplies.map((reply) =>
      el(
        'button',
        { type: 'button', onclick: () => context.write({ quickReply: reply }) },
        reply.title,
      ),
    ),
  )
}

function drawActions(message, context) {
  if (message.isDeleted) return null
  const { person, account } = context
  const act = (name, body = {}) =>
    call('POST', `/people/${person}/${name}`, { account, mid: message.mid, ...body })
  const mine = message.reactions.some(({ by }) => by === 'person')
  const items = [
    ['Reply', () => context.quote(message)],
    mine ? ['Remove reaction', () => act('unreact')] : ['React ❤️', () => act('react')],
    mine ? null : ['React 😂', () => act('react', { reaction: 'laugh' })],
    message.from === 'person' && message.text ? ['Edit', () => context.edit(message)] : null,
    message.from === 'person' ? ['Unsend', () => act('unsend')] : null,
  ]
  const menu = el('details', {
    className: 'actions',
    ontoggle: () => menu.classList.toggle('up', menu.open && isLow(menu)),
  })
  menu.append(
    el('summary', { 'aria-label': `Actions for ${message.text ?? 'message'}` }, '⋯'),
    el(
      'div',
      { className: 'menu' },
      ...items.filter(Boolean).map(([words, run]) =>
        el(
          'button',
          {
            type: 'button',
            onclick() {
              menu.open = false
              void run()
            },
          },
          words,
        ),
      ),
      el('small', {}, clockText(message.atMs)),
    ),
  )
  return menu
}

/** Opens upwards where the menu would leave the screen. */
function isLow(menu) {
  const list = menu.closest('.messages').getBoundingClientRect()
  const row = menu.getBoundingClientRect()
  return row.top - list.top > list.bottom - row.bottom
}

function drawEmpty({ account, picture, name }) {
  return el(
    'div',
    { className: 'empty' },
    el('img', { src: picture, alt: '', width: 88, height: 88 }),
    el('b', {}, name),
    el('span', {}, `Write to ${account} to begin.`),
  )
}

function drawTyping({ account }) {
  return el(
    'div',
    { className: 'row account' },
    el(
      'p',
      { className: 'bubble typing', role: 'status', 'aria-label': `${account} is typing` },
      el('i'),
      el('i'),
      el('i'),
    ),
  )
}
