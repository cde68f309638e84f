import { byId, el } from './api.js'

const ATTACHMENTS = [
  ['Photo', { attachments: [{ type: 'image' }] }],
  ['Three photos', { attachments: [{ type: 'image' }, { type: 'image' }, { type: 'image' }] }],
  ['Video', { attachments: [{ type: 'video' }] }],
  ['Voice message', { attachments: [{ type: 'audio' }] }],
  ['PDF', { attachments: [{ type: 'file' }] }],
  ['Shared post', { attachments: [{ type: 'ig_post' }] }],
  ['Reel', { attachments: [{ type: 'ig_reel' }] }],
  ['Story mention', { storyMention: true }],
  ['Story reply', { text: 'Love this!', replyTo: { story: {} } }],
  ['View once', { attachments: [{ type: 'ephemeral' }] }],
  ['Something unsupported', { unsupported: true }],
  ['An unknown kind', { attachments: [{ type: 'hologram' }] }],
]
/** What the + offers: every kind of message that is not text. */
export function fillAttachMenu(write) {
  byId('attachMenu').append(
    ...ATTACHMENTS.map(([words, message]) =>
      el(
        'button',
        {
          type: 'button',
          role: 'menuitem',
          onclick() {
            byId('attach').open = false
            void write(message)
          },
        },
        words,
      ),
    ),
  )
}
