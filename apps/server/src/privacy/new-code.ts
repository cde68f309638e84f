import type { Ports } from '#ports/ports.ts'

/** A confirmation code nobody can guess: 128 bits, letters and digits only, as Meta wants it. */
export function newCode(ports: Pick<Ports, 'random'>): string {
  return ports.random.bytes(16).toString('hex')
}
