/**
 * A whole number that JSON.stringify writes digit by digit, however long it is. Meta sends ids
 * above 2^53 without quotes; a JavaScript number would round them on the way out.
 */
export function rawNumber(digits: string): unknown {
  // Node has JSON.rawJSON; the `es2024` typings do not know it yet.
  const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown }
  return rawJSON(digits)
}
