import type { ReactNode } from 'react'
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from '@tabler/icons-react'
import './notice.css'

const icons = {
  info: IconInfoCircle,
  good: IconCircleCheck,
  warn: IconAlertTriangle,
  bad: IconAlertTriangle,
}

/** Something worth knowing, with a title, a sentence and perhaps a next step. Bad news is read out at once. */
export function Notice({
  tone,
  title,
  children,
  action,
}: {
  tone: keyof typeof icons
  title: string
  children?: ReactNode
  action?: ReactNode
}) {
  const Icon = icons[tone]
  return (
    <div className="notice" data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon size={20} aria-hidden="true" className="notice-icon" />
      <div className="notice-text">
        <p className="notice-title">{title}</p>
        {children}
      </div>
      {action === undefined ? null : <div className="notice-action">{action}</div>}
    </div>
  )
}
