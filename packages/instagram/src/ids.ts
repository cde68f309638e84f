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
