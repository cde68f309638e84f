/** What is counted for alerts and the digest. */
export type MeasureKind = 'calls' | 'webhooks' | 'signatures' | 'token_reads'

export type Measured = {
  readonly kind: MeasureKind
  /** A connection's id, a Meta app's id, an API key, or `all`. */
  readonly subject: string
  /** Missing: of the whole installation. */
  readonly tenantId?: string
  /** True: the subject is Meta's id of an account or page, and whose it is, is found when it is written. */
  readonly isNode?: boolean
  readonly isFailed?: boolean
  /** One, unless it says more. */
  readonly count?: number
  /** The fullest of Meta's meters. */
  readonly usedPercent?: number
}

/** What was counted of one subject since the last time. */
export type Counted = {
  readonly kind: MeasureKind
  readonly subject: string
  readonly tenantId: string | null
  readonly isNode: boolean
  total: number
  failed: number
  usedPercent: number
}

/** Subjects remembered at once: more are not counted until these are written. */
const SUBJECTS_MAX = 50_000

/**
 * Counts in this process's memory, taken and written now and then: counting costs a look into a map, and no statement.
 * What a killed process had not written is lost.
 */
export class Measures {
  #counted = new Map<string, Counted>()

  note(measured: Measured): void {
    const { kind, subject, tenantId = null, isNode = false, usedPercent = 0, count = 1 } = measured
    const failed = measured.isFailed === true ? count : 0
    this.#add({ kind, subject, tenantId, isNode, total: count, failed, usedPercent })
  }

  /** What was counted since the last time; counting begins anew. */
  take(): readonly Counted[] {
    const taken = [...this.#counted.values()]
    this.#counted = new Map()
    return taken
  }

  /** What was taken and could not be written. */
  putBack(taken: readonly Counted[]): void {
    for (const one of taken) this.#add(one)
  }

  #add(one: Counted): void {
    const key = `${one.kind} ${one.isNode} ${one.tenantId ?? ''} ${one.subject}`
    const known = this.#counted.get(key)
    if (known === undefined) {
      if (this.#counted.size < SUBJECTS_MAX) this.#counted.set(key, { ...one })
      return
    }
    known.total += one.total
    known.failed += one.failed
    known.usedPercent = Math.max(known.usedPercent, one.usedPercent)
  }
}
