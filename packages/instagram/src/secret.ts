import { inspect } from 'node:util'

/**
 * A token or app secret that cannot be printed by accident: string, JSON and inspection show `[secret]`.
 * `reveal()` is called where the value is sent, signed with or sealed, and nowhere else.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}
