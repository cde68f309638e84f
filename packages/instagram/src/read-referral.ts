import { idText, isRecord, recordOf, textOf } from './read-field.ts'
import type { Referral } from './webhook-event.ts'

/** Reads `referral`, which stands on a message, in a postback or alone. */
export function readReferral(value: unknown): Referral | undefined {
  if (!isRecord(value)) return undefined
  return {
    ref: textOf(value['ref']),
    source: textOf(value['source']),
    type: textOf(value['type']),
    adId: idText(value['ad_id']),
    adTitle: textOf(recordOf(value['ads_context_data'])?.['ad_title']),
    productId: idText(recordOf(value['product'])?.['id']),
  }
}
