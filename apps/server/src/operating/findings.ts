import type { Finding } from '@parley/contract/doctor.ts'

export const ok = (check: string, message: string): Finding => ({
  check,
  state: 'ok',
  message,
  fix: null,
  value: null,
})

/** @param value what to paste for `fix`, when it is one thing. */
export const found = (
  state: 'warning' | 'problem' | 'unknown',
  check: string,
  message: string,
  fix: string,
  value: string | null = null,
): Finding => ({ check, state, message, fix, value })
