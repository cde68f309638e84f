import type { ReactNode } from 'react'
import './page.css'

/** A page of one column: its name, perhaps one main action, its content. */
export function Page({
  title,
  lead,
  action,
  children,
}: {
  title: string
  lead?: ReactNode
  action?: ReactNode
  children: ReactNode
}) {
  return (
    <div className="page">
      <title>{`${title} · Parley`}</title>
      <header className="page-head">
        <div>
          <h1>{title}</h1>
          {lead === undefined ? null : <p className="soft">{lead}</p>}
        </div>
        {action}
      </header>
      {children}
    </div>
  )
}
