import type { ReactNode } from 'react'
import { SchemeSwitch } from '#ui/scheme-switch.tsx'
import { Wordmark } from '#ui/wordmark.tsx'
import './doorway.css'

/** The pages in front of the sign-in. */
export function Doorway({
  title,
  lead,
  children,
}: {
  title: string
  lead: string
  children: ReactNode
}) {
  return (
    <main className="doorway">
      <title>{`${title} · Parley`}</title>
      <div className="doorway-corner">
        <SchemeSwitch />
      </div>
      <div className="doorway-card panel">
        <Wordmark />
        <div>
          <h1>{title}</h1>
          <p className="soft">{lead}</p>
        </div>
        {children}
      </div>
    </main>
  )
}
