import type { Secret } from '@parley/instagram/secret.ts'
import { AwsClient } from 'aws4fetch'
import { z } from 'zod'
import { UnsealError } from './cipher.ts'
import { KeyServiceError } from './remote-key.ts'
import type { KeyContext, KeyService } from './remote-key.ts'

export type AwsKmsSettings = {
  /** Key id, ARN or alias. */
  readonly keyId: string
  readonly region: string
  /** Unset: the region's own. */
  readonly endpoint: string | undefined
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken: Secret | undefined
}

const TIMEOUT_MS = 4_000
const ANSWER_BYTES_MAX = 64 * 1024
const Answer = z.object({
  CiphertextBlob: z.base64().optional(),
  Plaintext: z.base64().optional(),
})
const Refusal = z.object({ __type: z.string() })
/** Answers to try again after; everything else that is refused stays so. */
const PASSING = /Throttling|LimitExceeded|KMSInternal|DependencyTimeout|KeyUnavailable|Unavailable/

/**
 * AWS KMS by its JSON protocol (`TrentService`, read 2026-11-20 at docs.aws.amazon.com/kms/latest/APIReference), signed
 * with Signature Version 4. No redirect is followed and nothing is repeated here.
 */
export function openAwsKms(settings: AwsKmsSettings): KeyService {
  const { keyId, region, accessKeyId, secretAccessKey, sessionToken } = settings
  const url = settings.endpoint ?? `https://kms.${region}.amazonaws.com`
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey: secretAccessKey.reveal(),
    ...(sessionToken && { sessionToken: sessionToken.reveal() }),
    region,
    service: 'kms',
    retries: 0,
  })
  const call = async (action: string, body: object): Promise<z.output<typeof Answer>> => {
    const request = await client.sign(`${url}/`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `TrentService.${action}`,
      },
      body: JSON.stringify(body),
    })
    const { status, text } = await send(request)
    if (status === 200) return read(text)
    throw refusal(status, Refusal.safeParse(parseJson(text)).data?.__type ?? `HTTP ${status}`)
  }
  return {
    async encrypt(plain, context) {
      const body = { KeyId: keyId, Plaintext: base64(plain), EncryptionContext: context }
      return bytes((await call('Encrypt', body)).CiphertextBlob)
    },
    async decrypt(sealed, context) {
      const body = { KeyId: keyId, CiphertextBlob: base64(sealed), EncryptionContext: context }
      return bytes((await call('Decrypt', body)).Plaintext)
    },
    async reEncrypt(sealed, context) {
      const contexts = {
        SourceEncryptionContext: context,
        DestinationEncryptionContext: context,
      } satisfies Record<string, KeyContext>
      const body = { CiphertextBlob: base64(sealed), DestinationKeyId: keyId, ...contexts }
      return bytes((await call('ReEncrypt', body)).CiphertextBlob)
    },
  }
}

async function send(request: Request): Promise<{ status: number; text: string }> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const response = await fetch(request, { signal, redirect: 'error' })
    return { status: response.status, text: await textOf(response) }
  } catch (cause) {
    throw new KeyServiceError('away', 'The key service (KMS_*) does not answer.', { cause })
  }
}

/** Leaving the loop ends the connection: the rest is not fetched. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > ANSWER_BYTES_MAX) throw new Error('too long an answer')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function refusal(status: number, type: string): Error {
  // An alias that leads elsewhere: whoever points it back has everything again.
  if (type.includes('IncorrectKey')) {
    return new KeyServiceError(
      'refused',
      'KMS_KEY_ID names another key than the one this database was sealed with: its alias leads elsewhere. Point it back.',
    )
  }
  // What was changed, or moved away from its owner.
  if (type.includes('InvalidCiphertext')) {
    return new UnsealError('the data key does not belong here or was changed')
  }
  const isPassing = status >= 500 || status === 429 || PASSING.test(type)
  const name = /[\w ]{1,80}$/.exec(type)?.[0] ?? ''
  return isPassing
    ? new KeyServiceError('away', `The key service (KMS_*) is out of order for now: ${name}.`)
    : new KeyServiceError('refused', `The key service refuses: ${name}. Check the settings KMS_*.`)
}

function read(text: string): z.output<typeof Answer> {
  const { data, error } = Answer.safeParse(parseJson(text))
  if (data !== undefined) return data
  throw new KeyServiceError('away', 'The key service (KMS_*) answers something else.', {
    cause: error,
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new KeyServiceError('away', 'The key service (KMS_*) answers no JSON.', { cause })
  }
}

const base64 = (value: Uint8Array): string => Buffer.from(value).toString('base64')

function bytes(value: string | undefined): Uint8Array {
  if (value === undefined) throw new KeyServiceError('away', 'The key service answers too little.')
  return new Uint8Array(Buffer.from(value, 'base64'))
}
