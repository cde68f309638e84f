/** Status codes a refusal may carry. 5xx belongs to what is down, never to a bug's disguise. */
export type RefusalStatus =
  | 400
  | 401
  | 403
  | 404
  | 405
  | 409
  | 410
  | 413
  | 415
  | 422
  | 429
  | 502
  | 503

/** One slice's part of the catalogue. `title` names the fact, `hint` the next step. */
export type Catalogue = Record<
  `${string}/${string}`,
  { readonly status: RefusalStatus; readonly title: string; readonly hint: string }
>
