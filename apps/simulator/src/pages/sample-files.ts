import { crc32, deflateSync } from 'node:zlib'

const SIDE = 240
const TAU = 2 * Math.PI

/** A made-up landscape as PNG: real image bytes, for products that copy or check what they fetch. */
export function landscapePng(seed: number): Buffer {
  const hue = seed % 360
  const [skyTop, skyEnd] = [rgb(hue, 0.6, 0.74), rgb(hue + 40, 0.75, 0.88)]
  const [far, near] = [rgb(hue + 190, 0.3, 0.5), rgb(hue + 205, 0.36, 0.34)]
  const sunX = 50 + (seed % 130)
  const rows: number[] = []
  for (let y = 0; y < SIDE; y += 1) {
    rows.push(0)
    for (let x = 0; x < SIDE; x += 1) {
      const isSun = (x - sunX) ** 2 + (y - 74) ** 2 < 26 ** 2
      const ridge = 140 + 26 * Math.sin((x / SIDE) * TAU * 1.3 + seed)
      const hill = 180 + 18 * Math.sin((x / SIDE) * TAU + seed * 2)
      if (y > hill) rows.push(...near)
      else if (y > ridge) rows.push(...far)
      else if (isSun) rows.push(255, 248, 224)
      else rows.push(...mix(skyTop, skyEnd, y / SIDE))
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(SIDE, 0)
  header.writeUInt32BE(SIDE, 4)
  header.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Uint8Array.from(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

type Rgb = [number, number, number]

const mix = (one: Rgb, other: Rgb, part: number): number[] =>
  one.map((value, index) => Math.round(value + ((other[index] ?? 0) - value) * part))

function rgb(hue: number, saturation: number, lightness: number): Rgb {
  const reach = saturation * Math.min(lightness, 1 - lightness)
  const channel = (n: number) => {
    const k = (n + (hue % 360) / 30) % 12
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))))
  }
  return [channel(0), channel(8), channel(4)]
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'ascii'), content])
  const whole = Buffer.alloc(body.length + 8)
  whole.writeUInt32BE(content.length, 0)
  body.copy(whole, 4)
  whole.writeUInt32BE(crc32(body), body.length + 4)
  return whole
}

const SAMPLES_PER_SECOND = 8000

/** Two seconds of a soft tone, as WAV. */
export function toneWav(): Buffer {
  const sampleCount = 2 * SAMPLES_PER_SECOND
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + sampleCount, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(SAMPLES_PER_SECOND, 24)
  header.writeUInt32LE(SAMPLES_PER_SECOND, 28)
  header.writeUInt16LE(1, 32)
  header.writeUInt16LE(8, 34)
  header.write('data', 36)
  header.writeUInt32LE(sampleCount, 40)
  const tone = Uint8Array.from({ length: sampleCount }, (_, at) =>
    Math.round(128 + 40 * Math.sin((at / SAMPLES_PER_SECOND) * TAU * 330) * (1 - at / sampleCount)),
  )
  return Buffer.concat([header, tone])
}

/** One empty page. */
export const emptyPdf = (): Buffer =>
  Buffer.from(
    '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n',
  )

/** The opening of an MP4 and nothing after it: enough for whoever looks at types, nothing to play. */
export const emptyMp4 = (): Buffer =>
  Buffer.concat([Buffer.from([0, 0, 0, 20]), Buffer.from('ftypisom\0\0\0\0isom', 'latin1')])
