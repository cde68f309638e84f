import type { ReadEnvironment } from './read-environment.ts'

/** What a command has of the world around it. */
export type Io = {
  readonly read: ReadEnvironment
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
  /** Resolved once the reader took it. */
  readonly write: (text: string) => Promise<void>
  /** One line that is written over by the next one; undefined when nobody looks on. */
  readonly progress: ((text: string) => void) | undefined
  /** The command did its work and found something wrong: the exit code is 1. */
  readonly fail: () => void
}
