import type { ReactNode } from 'react'
import './tag.css'

export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'blue' | 'plum'

/** One word about a state. The word carries the meaning, the colour only helps. */
export function Tag({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span className="tag" data-tone={tone}>
      {children}
    </span>
  )
}
