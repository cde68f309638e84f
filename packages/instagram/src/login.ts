/** Which of Meta's two logins a grant came from. Each has its own app, host, scopes and token kind. */
export type Login = 'instagram' | 'facebook'

export const LOGINS: readonly Login[] = ['instagram', 'facebook']
