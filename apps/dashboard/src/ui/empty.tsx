import type { ComponentType, ReactNode } from 'react'
import './empty.css'

/** A page or pane with nothing in it yet: why, and what would fill it. */
export function Empty({
  icon: Icon,
  title,
  children,
  action,
}: {
  icon: ComponentType<{ size?: number; stroke?: number; 'aria-hidden'?: boolean | 'true' }>
  title: string
  children?: ReactNode
  action?: ReactNode
}) {
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon size={28} stroke={1.5} aria-hidden="true" />
      </span>
      <h2>{title}</h2>
      {children === undefined ? null : <p className="soft">{children}</p>}
      {action}
    </div>
  )
}
