import type { ReactNode } from 'react'
import './filters.css'

/** Links that narrow a list; the one in force carries `aria-current`. */
export function Filters({ label, children }: { label: string; children: ReactNode }) {
  return (
    <nav className="filters" aria-label={label}>
      {children}
    </nav>
  )
}
