import { Hono } from 'hono'
import type { Box } from '#box.ts'
import { emptyMp4, emptyPdf, landscapePng, toneWav } from './sample-files.ts'

const SVG = { 'content-type': 'image/svg+xml', 'cache-control': 'no-store' }

/** What a person sends and what an account has posted, by file extension. */
const SAMPLES: Record<string, { type: string; make: (name: string) => Buffer }> = {
  png: { type: 'image/png', make: (name) => landscapePng(hash(name)) },
  wav: { type: 'audio/wav', make: toneWav },
  pdf: { type: 'application/pdf', make: emptyPdf },
  mp4: { type: 'video/mp4', make: emptyMp4 },
}

/** `lumen.chiro.svg` is the name `lumen.chiro` and the extension `svg`. */
function splitName(file: string): [string, string] {
  const dot = file.lastIndexOf('.')
  return [file.slice(0, dot), file.slice(dot + 1)]
}

/** Made-up pictures. An address that carries an expiry (`oe`) dies like one of Meta's CDN. */
export function pictureRoutes(box: Box): Hono {
  const routes = new Hono()
  routes.use('/cdn/*', async (c, next) => {
    const expires = c.req.query('oe')
    const isOver = expires !== undefined && Number.parseInt(expires, 16) * 1000 <= box.clock.now()
    if (isOver) return c.text('URL signature expired', 403)
    await next()
    return undefined
  })
  routes.get('/cdn/:kind/:file', (c) => {
    const { kind, file } = c.req.param()
    const [name, extension] = splitName(file)
    if (kind === 'people') return c.body(portrait(name), 200, SVG)
    if (kind === 'accounts' || kind === 'pages') {
      return c.body(emblem(name, labelOf(box, name)), 200, SVG)
    }
    const sample = SAMPLES[extension]
    if (!sample) return c.notFound()
    const headers = { 'content-type': sample.type, 'cache-control': 'no-store' }
    return c.body(new Uint8Array(sample.make(name)), 200, headers)
  })
  return routes
}

function labelOf(box: Box, name: string): string {
  const label = box.world.pages.find(({ id }) => id === name)?.name ?? name
  const initials = label.split(/[\s.\-_]+/).map((word) => word[0] ?? '')
  return initials.slice(0, 2).join('').toUpperCase()
}

/** A number from a name, the same every time. */
function hash(name: string): number {
  let value = 2_166_136_261
  for (const character of name) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 16_777_619) >>> 0
  }
  value = Math.imul(value ^ (value >>> 15), 2_246_822_507)
  return (value ^ (value >>> 13)) >>> 0
}

const svg = (body: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" width="200" height="200">${body}</svg>`

function emblem(name: string, initials: string): string {
  const hue = hash(name) % 360
  return svg(
    `<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1"><stop stop-color="hsl(${hue} 62% 58%)"/><stop offset="1" stop-color="hsl(${(hue + 48) % 360} 66% 42%)"/></linearGradient></defs>
<rect width="200" height="200" fill="url(#g)"/>
<text x="100" y="104" font-family="ui-sans-serif,system-ui,sans-serif" font-size="80" font-weight="700" fill="#fff" text-anchor="middle" dominant-baseline="middle" letter-spacing="-3">${initials}</text>`,
  )
}

const SKIN = ['#f3d2b6', '#e0ac84', '#c68a5e', '#9a6240', '#6f452c']
const HAIR = ['#2b2024', '#5a3825', '#a5652c', '#d9a441', '#7b2d3b']

function portrait(name: string): string {
  const seed = hash(name)
  const hue = seed % 360
  const skin = SKIN[seed % SKIN.length]
  const hair = HAIR[(seed >>> 4) % HAIR.length]
  const long = (seed >>> 7) % 2 === 0
  return svg(
    `<rect width="200" height="200" fill="hsl(${hue} 55% 84%)"/>
<path d="M22 200c4-44 38-62 78-62s74 18 78 62z" fill="hsl(${(hue + 170) % 360} 42% 45%)"/>
${long ? `<path d="M50 150c-8-30-6-104 50-104s58 74 50 104z" fill="${hair}"/>` : ''}
<rect x="84" y="120" width="32" height="34" rx="14" fill="${skin}"/>
<circle cx="100" cy="94" r="40" fill="${skin}"/>
<path d="M58 94c-4-34 18-52 42-52s46 18 42 52c-8-6-10-24-18-26-14 6-34 6-48 2-8 4-10 18-18 24z" fill="${hair}"/>
<circle cx="86" cy="98" r="4.4" fill="#2a2326"/><circle cx="114" cy="98" r="4.4" fill="#2a2326"/>
<path d="M88 114q12 10 24 0" fill="none" stroke="#2a2326" stroke-width="4" stroke-linecap="round"/>`,
  )
}
