import { UnsealError } from '#ports/cipher.ts'
import type { Sealer } from '#ports/cipher.ts'
import type { Ports } from '#ports/ports.ts'
import type { MessageContent } from './schema.ts'

/** Earlier texts kept with a message; Instagram allows five edits. */
export const EARLIER_TEXTS_MAX = 10

const place = (messageId: string): { table: string; row: string; column: string } => ({
  table: 'messages',
  row: messageId,
  column: 'sealed',
})

export function sealContent(sealer: Sealer, messageId: string, content: MessageContent): Buffer {
  return sealer.seal(place(messageId), JSON.stringify(content))
}

/** @throws UnsealError when the value is not this message's. */
export function openContent(sealer: Sealer, messageId: string, sealed: Uint8Array): MessageContent {
  // Written by `sealContent` alone, and authenticated: nobody else could have made it.
  return JSON.parse(sealer.open(place(messageId), sealed).toString('utf8')) as MessageContent
}

/** The content of an edited message, with one more of its earlier texts, if there was one. */
export function withEarlierText(
  content: MessageContent,
  earlier: string | undefined,
): MessageContent {
  if (earlier === undefined) return content
  return { ...content, before: [earlier, ...(content.before ?? [])].slice(-EARLIER_TEXTS_MAX) }
}

/** What a reader shows of a sealed value: undefined for one that does not open, which must not hide its neighbours. */
export function ifItOpens<T>(open: () => T): T | undefined {
  try {
    return open()
  } catch (error) {
    if (error instanceof UnsealError) return undefined
    throw error
  }
}

/** The tenant's sealer for showing things; without a key it opens nothing, one by one. */
export async function sealerForReading(
  ports: Pick<Ports, 'vault'>,
  tenantId: string,
): Promise<Sealer> {
  try {
    return await ports.vault.tenant(tenantId)
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error
    const refuse = (): never => {
      throw error
    }
    return { seal: refuse, open: refuse }
  }
}
