import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  randomBytes,
  randomUUID,
} from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'

/** Whom the stand-in knows. */
export const KMS_ACCESS_KEY_ID = 'AKIASTANDIN'
export const KMS_SECRET_ACCESS_KEY = 'a-secret-of-the-stand-in'
const REGION = 'eu-west-1'

type Body = {
  KeyId?: string
  DestinationKeyId?: string
  Plaintext?: string
  CiphertextBlob?: string
  EncryptionContext?: Record<string, string>
  SourceEncryptionContext?: Record<string, string>
  DestinationEncryptionContext?: Record<string, string>
}

/** Names (ids and aliases), each of one key; and the keys, which outlive their names. */
type Keys = { readonly names: Map<string, string>; readonly keys: Map<string, Buffer> }

/**
 * AWS KMS as far as it is used: Encrypt, Decrypt, ReEncrypt over HTTP, with its own keys, encryption contexts as
 * additional data, and signatures of version 4, which it computes by itself.
 */
export async function startKmsStandIn(keyIds: readonly string[]) {
  const keys: Keys = { names: new Map(), keys: new Map() }
  /** From here on the name is another key's. The old key is still there, without a name. */
  const point = (name: string, keyId: string = randomUUID()): string | undefined => {
    const before = keys.names.get(name)
    if (!keys.keys.has(keyId)) keys.keys.set(keyId, randomBytes(32))
    keys.names.set(name, keyId)
    return before
  }
  for (const id of keyIds) point(id)
  const calls: string[] = []
  let isAway = false
  const server = createServer((request, response) => {
    void (async () => {
      const text = await read(request)
      const action = String(request.headers['x-amz-target']).replace('TrentService.', '')
      if (isAway) return void request.socket.destroy()
      const fault = isSigned(request, text) ? undefined : 'IncompleteSignatureException'
      // What a client of ours sends.
      const answer = fault ?? answerOf(keys, action, JSON.parse(text) as Body)
      calls.push(typeof answer === 'string' ? `${action} ${answer}` : action)
      response.statusCode = typeof answer === 'string' ? 400 : 200
      response.setHeader('content-type', 'application/x-amz-json-1.1')
      response.end(JSON.stringify(typeof answer === 'string' ? { __type: answer } : answer))
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    /** What was asked, in order, with the refusal if it was one. */
    calls,
    point,
    away: (away: boolean) => {
      isAway = away
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function answerOf(keys: Keys, action: string, body: Body): object | string {
  const { EncryptionContext: context = {} } = body
  if (action === 'Encrypt') {
    return seal(keys, body.KeyId, Buffer.from(body.Plaintext ?? '', 'base64'), context)
  }
  const sealed = Buffer.from(body.CiphertextBlob ?? '', 'base64')
  if (action === 'Decrypt') {
    const plain = open(keys, sealed, context)
    if (typeof plain === 'string') return plain
    if (plain.keyId !== keys.names.get(body.KeyId ?? '')) return 'IncorrectKeyException'
    return { KeyId: plain.keyId, Plaintext: plain.bytes.toString('base64') }
  }
  if (action !== 'ReEncrypt') return 'UnknownOperationException'
  const plain = open(keys, sealed, body.SourceEncryptionContext ?? {})
  if (typeof plain === 'string') return plain
  return seal(keys, body.DestinationKeyId, plain.bytes, body.DestinationEncryptionContext ?? {})
}

/** In AWS too the blob names its key. */
function seal(
  keys: Keys,
  name: string | undefined,
  plain: Buffer,
  context: Record<string, string>,
): object | string {
  const keyId = keys.names.get(name ?? '')
  const key = keys.keys.get(keyId ?? '')
  if (key === undefined || keyId === undefined) return 'NotFoundException'
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(contextText(context)))
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  const named = Buffer.from(keyId)
  const blob = Buffer.concat([Buffer.from([named.length]), named, iv, cipher.getAuthTag(), body])
  return { KeyId: keyId, CiphertextBlob: blob.toString('base64') }
}

function open(
  keys: Keys,
  blob: Buffer,
  context: Record<string, string>,
): { keyId: string; bytes: Buffer } | string {
  const end = 1 + (blob[0] ?? 0)
  const keyId = blob.subarray(1, end).toString()
  const key = keys.keys.get(keyId)
  if (key === undefined) return 'InvalidCiphertextException'
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(end, end + 12))
    decipher.setAAD(Buffer.from(contextText(context)))
    decipher.setAuthTag(blob.subarray(end + 12, end + 28))
    return {
      keyId,
      bytes: Buffer.concat([decipher.update(blob.subarray(end + 28)), decipher.final()]),
    }
  } catch {
    // As AWS has it: a wrong context and a changed blob look the same.
    return 'InvalidCiphertextException'
  }
}

const contextText = (context: Record<string, string>): string =>
  JSON.stringify(Object.entries(context).toSorted(([one], [other]) => (one < other ? -1 : 1)))

/** Signature Version 4, by docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function isSigned(request: IncomingMessage, body: string): boolean {
  const header = request.headers.authorization ?? ''
  const [, credential = '', signed = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=(\S+), ?SignedHeaders=(\S+), ?Signature=([0-9a-f]{64})$/.exec(
      header,
    ) ?? []
  const [id, day = '', region = '', service = '', kind] = credential.split('/')
  if (
    id !== KMS_ACCESS_KEY_ID ||
    region !== REGION ||
    service !== 'kms' ||
    kind !== 'aws4_request'
  ) {
    return false
  }
  const names = signed.split(';')
  if (!names.includes('host') || !names.includes('x-amz-date')) return false
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
  const canonical = [
    request.method,
    '/',
    '',
    ...names.map((name) => `${name}:${String(request.headers[name]).trim()}`),
    '',
    signed,
    sha256(body),
  ].join('\n')
  const date = String(request.headers['x-amz-date'])
  const toSign = `AWS4-HMAC-SHA256\n${date}\n${day}/${region}/kms/aws4_request\n${sha256(canonical)}`
  const mac = (key: string | Buffer, text: string): Buffer =>
    createHmac('sha256', key).update(text).digest()
  const parts = [day, region, 'kms', 'aws4_request']
  const key = parts.reduce<Buffer>(mac, Buffer.from(`AWS4${KMS_SECRET_ACCESS_KEY}`))
  return createHmac('sha256', key).update(toSign).digest('hex') === signature
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  // A stream of bytes gives buffers.
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
