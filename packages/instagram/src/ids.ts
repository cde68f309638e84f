import { z } from 'zod'

/**
 * Meta's ids are decimal text of up to 20 digits; many exceed 2^53, so they never become numbers.
 * Ids that look alike are different types, so they never mix.
 */
const digits = z.string().regex(/^\d{1,32}$/)

/** The professional account: `user_id` of `/me`, `entry[].id` of a webhook, the path of `/{ig-id}`. */
export const AccountId = digits.brand<'AccountId'>()
export type AccountId = z.infer<typeof AccountId>

/** The same account under its other number: `id` of `/me`. Never in webhooks; in deauthorize callbacks. */
export const AppScopedId = digits.brand<'AppScopedId'>()
export type AppScopedId = z.infer<typeof AppScopedId>

/** A person, as one professional account sees them. */
export const Igsid = digits.brand<'Igsid'>()
export type Igsid = z.infer<typeof Igsid>

/** A Facebook page. */
export const PageId = digits.brand<'PageId'>()
export type PageId = z.infer<typeof PageId>

/**
 * A message: opaque base64-like text, often over 150 characters. The bound keeps it well inside what a
 * database index takes; nothing longer has been seen.
 */
export const MID_PATTERN = /^[\x21-\x7e]{1,1024}$/
export const Mid = z.string().regex(MID_PATTERN).brand<'Mid'>()
export type Mid = z.infer<typeof Mid>
