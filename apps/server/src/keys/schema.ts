/** A rotation that cannot be begun. The message says why, and nothing was changed. */
export class RotationRefused extends Error {
  override readonly name = 'RotationRefused'
}
