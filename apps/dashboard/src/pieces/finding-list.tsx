import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconHelpCircle,
} from '@tabler/icons-react'
import type { Finding } from '@parley/contract/doctor.ts'
import { CopyValue } from '#ui/copy-value.tsx'
import { count } from '#ui/time.ts'
import { sentence } from './words.ts'
import './finding-list.css'

const states = {
  problem: { icon: IconCircleX, word: 'Problem' },
  warning: { icon: IconAlertTriangle, word: 'Warning' },
  unknown: { icon: IconHelpCircle, word: 'Not known' },
  ok: { icon: IconCircleCheck, word: 'Fine' },
} as const

const worstFirst = ['problem', 'warning', 'unknown'] as const

/** What the doctor found: what is wrong first, each with what to do and what to paste; what is fine is folded away. */
export function FindingList({ findings }: { findings: readonly Finding[] }) {
  const open = worstFirst.flatMap((state) => findings.filter((finding) => finding.state === state))
  const fine = findings.filter(({ state }) => state === 'ok')
  return (
    <div className="panel">
      <ul className="findings" aria-label="Findings">
        {open.map((finding, index) => (
          <li key={index}>
            <FindingRow finding={finding} />
          </li>
        ))}
      </ul>
      {fine.length === 0 ? null : (
        <details className="findings-fine" open={open.length === 0}>
          <summary>
            {open.length === 0
              ? `Everything is fine: ${count(fine.length, 'check')}`
              : `${count(fine.length, 'more check')} found nothing wrong`}
          </summary>
          <ul aria-label="What is fine">
            {fine.map((finding, index) => (
              <li key={index}>
                <FindingRow finding={finding} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}

function FindingRow({ finding: { check, state, message, fix, value } }: { finding: Finding }) {
  const { icon: Icon, word } = states[state]
  return (
    <div className="finding" data-state={state}>
      <Icon size={20} stroke={1.75} role="img" aria-label={word} className="finding-icon" />
      <div className="finding-text">
        <p>
          <strong>{sentence(check)}.</strong> {message}
        </p>
        {fix === null || fix === value ? null : <p className="small soft">{fix}</p>}
        {value === null ? null : <CopyValue name={check} value={value} />}
      </div>
    </div>
  )
}
