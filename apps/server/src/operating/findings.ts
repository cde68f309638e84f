import type { Finding } from '@parley/contract/doctor.ts'

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
