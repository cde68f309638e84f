/** One thing the doctor looked at. `fix` holds the exact value to paste, or the one thing to do. */
export type Finding = {
  readonly check: string
  readonly state: 'ok' | 'warning' | 'problem' | 'unknown'
  readonly message: string
  readonly fix: string | null
}

export const ok = (check: string, message: string): Finding => ({
  check,
  state: 'ok',
  message,
  fix: null,
})

export const found = (
  state: 'warning' | 'problem' | 'unknown',
  check: string,
  message: string,
  fix: string,
): Finding => ({ check, state, message, fix })
