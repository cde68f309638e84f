/** What a sealed value is bound to: it opens with the same context only, and the service writes it to its own log. */
export type KeyContext = Readonly<Record<string, string>>

/** A master key that never leaves its service. */
export interface KeyService {
  encrypt(plain: Uint8Array, context: KeyContext): Promise<Uint8Array>
  /** @throws UnsealError when it was changed, or sealed with another context. */
  decrypt(sealed: Uint8Array, context: KeyContext): Promise<Uint8Array>
  /** Seals with this key what another key of the service sealed; the plain text stays inside. */
  reEncrypt(sealed: Uint8Array, context: KeyContext): Promise<Uint8Array>
}

/** The key service did not do it. `away`: it may later. `refused`: somebody has to change something. */
export class KeyServiceError extends Error {
  override readonly name = 'KeyServiceError'
  readonly kind: 'away' | 'refused'

  constructor(kind: 'away' | 'refused', message: string, options?: { cause: unknown }) {
    super(message, options)
    this.kind = kind
  }
}
