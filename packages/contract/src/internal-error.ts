/** What a bug looks like from outside. Never thrown: whatever is not an AppError becomes this. */
export const internalError = {
  code: 'http/internal',
  status: 500,
  title: 'Something broke on our side',
  hint: 'Repeat the request; if it breaks again, give `requestId` to whoever runs this server.',
} as const
