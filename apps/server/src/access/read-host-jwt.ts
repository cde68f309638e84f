import { createHash } from 'node:crypto'
import { AppError } from '@parley/contract/app-error.ts'
import { TenantId } from '@parley/contract/tenant.ts'
import { decodeProtectedHeader, errors, jwtVerify } from 'jose'
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose'
import { openJwks } from '#ports/jwks.ts'
import type { Ports } from '#ports/ports.ts'

/** What a host's user JWT says once it was proven. */
export type HostUser = {
  /** For the audit log: shortened. */
  readonly subject: string
  /** Of the whole subject. */
  readonly subjectHash: string
  readonly tenantId: string
}

const SHARED = ['HS256']
/** `Ed25519` is the newer name of the same. */
const PUBLIC = ['RS256', 'ES256', 'EdDSA', 'Ed25519']

const SUBJECT_LENGTH_MAX = 128

/** Has it the shape of a JWT? Decides which way a bearer token is read. */
export function looksLikeJwt(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)
}

/**
 * Reads user JWTs as configured. The two kinds of keys never meet: HS256 is checked with HOST_JWT_SECRET alone, the
 * others with HOST_JWKS_URL alone, so a public key is never taken for a shared secret.
 *
 * @throws AppError `auth/invalid-key`; `auth/jwks-unavailable` when the keys cannot be fetched.
 */
export function createHostJwtReader(
  ports: Pick<Ports, 'config' | 'clock'>,
): (token: string) => Promise<HostUser> {
  const { jwksUrl, secret, audience, issuer, tenantClaim } = ports.config.hostJwt
  const jwks = jwksUrl === undefined ? undefined : openJwks(jwksUrl)
  const shared = secret === undefined ? undefined : Buffer.from(secret.reveal(), 'utf8')

  return async (token) => {
    const options: JWTVerifyOptions = {
      requiredClaims: ['exp'],
      currentDate: new Date(ports.clock.now()),
      ...(audience === undefined ? {} : { audience }),
      ...(issuer === undefined ? {} : { issuer }),
    }
    try {
      const payload = await verify(token, { shared, jwks }, options)
      return userOf(payload, tenantClaim)
    } catch (cause) {
      if (cause instanceof AppError) throw cause
      if (isAboutTheToken(cause)) throw new AppError('auth/invalid-key', { cause })
      // The key set did not come: refused, timed out, not JSON.
      throw new AppError('auth/jwks-unavailable', { cause, retryAfterSeconds: 5 })
    }
  }
}

async function verify(
  token: string,
  keys: { shared: Uint8Array | undefined; jwks: JWTVerifyGetKey | undefined },
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  const alg = algorithmOf(token)
  if (alg !== undefined && SHARED.includes(alg) && keys.shared !== undefined) {
    return (await jwtVerify(token, keys.shared, { ...options, algorithms: SHARED })).payload
  }
  if (alg !== undefined && PUBLIC.includes(alg) && keys.jwks !== undefined) {
    return (await jwtVerify(token, keys.jwks, { ...options, algorithms: PUBLIC })).payload
  }
  throw new AppError('auth/invalid-key')
}

function algorithmOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).alg
  } catch (cause) {
    // All it can fail on is a header that is no JSON object.
    throw new AppError('auth/invalid-key', { cause })
  }
}

function userOf(payload: JWTPayload, tenantClaim: string): HostUser {
  const tenantId = TenantId.safeParse(payload[tenantClaim])
  if (!tenantId.success) throw new AppError('auth/invalid-key')
  const whole = payload.sub ?? tenantId.data
  return {
    subject: whole.slice(0, SUBJECT_LENGTH_MAX).replaceAll('\0', '').toWellFormed(),
    subjectHash: createHash('sha256').update(whole, 'utf8').digest('base64url'),
    tenantId: tenantId.data,
  }
}

/** As against the network on the way to the key set. */
function isAboutTheToken(cause: unknown): boolean {
  if (cause instanceof errors.JWKSTimeout || cause instanceof errors.JWKSInvalid) return false
  // jose throws its bare base class when the key set is answered with an error status.
  return cause instanceof errors.JOSEError && cause.code !== 'ERR_JOSE_GENERIC'
}
