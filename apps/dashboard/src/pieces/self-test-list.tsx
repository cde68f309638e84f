import { IconCircleCheck, IconCircleX, IconClock } from '@tabler/icons-react'
import type { SelfTest } from '@parley/contract/connection.ts'
import { Moment } from '#ui/moment.tsx'
import { checkWords } from './connection-words.ts'

const states = {
  ok: { icon: IconCircleCheck, word: 'OK' },
  waiting: { icon: IconClock, word: 'Waiting' },
  failed: { icon: IconCircleX, word: 'Failed' },
} as const

/** What was checked after connecting, in the order a person reads it. */
export function SelfTestList({ selfTest, isOpen }: { selfTest: SelfTest; isOpen: boolean }) {
  const open = selfTest.checks.filter(({ state }) => state !== 'ok').length
  return (
    <details className="selftest" open={isOpen}>
      <summary>
        Self-test:{' '}
        {open === 0 ? 'everything works' : `${open} of ${selfTest.checks.length} not done`}, checked{' '}
        <Moment at={selfTest.checkedAt} />
      </summary>
      <ul aria-label="Self-test">
        {selfTest.checks.map(({ name, state, message }) => {
          const { icon: Icon, word } = states[state]
          return (
            <li key={name} data-state={state}>
              <Icon size={20} stroke={1.75} aria-label={word} role="img" />
              <span>
                <strong>{checkWords[name]}.</strong> {message}
              </span>
            </li>
          )
        })}
      </ul>
    </details>
  )
}
