/** What alerts of a connection, of a login that waits for it or of a Meta app are about: open once each. */
export const causes = {
  lost: (connectionId: string): string => `lost:${connectionId}`,
  expiring: (connectionId: string): string => `expiring:${connectionId}`,
  dataAccess: (connectionId: string): string => `data_access:${connectionId}`,
  notSubscribed: (connectionId: string): string => `not_subscribed:${connectionId}`,
  silent: (connectionId: string): string => `silent:${connectionId}`,
  endpointDisabled: (endpointId: string): string => `endpoint_disabled:${endpointId}`,
  unconfirmed: (grantId: string): string => `unconfirmed:${grantId}`,
  appPaused: (appId: string): string => `app_paused:${appId}`,
  /** Of a connection or a Meta app. */
  errorRate: (subject: string): string => `error_rate:${subject}`,
  usage: (subject: string): string => `usage:${subject}`,
  /** Of a connection or an API key. */
  tokenReads: (subject: string): string => `token_reads:${subject}`,
  webhookFailures: 'webhook_failures',
  signatureFailures: 'signature_failures',
  apiVersion: (version: string): string => `api_version:${version}`,
} as const

/** What a fresh login of a connection ends. */
export const causesOf = (connectionId: string): string[] => [
  causes.lost(connectionId),
  causes.expiring(connectionId),
  causes.dataAccess(connectionId),
  causes.notSubscribed(connectionId),
  causes.silent(connectionId),
]

/** What is counted of a connection: the counts end it, or the loss or the end of the connection. */
export const countedCausesOf = (connectionId: string): string[] => [
  causes.errorRate(connectionId),
  causes.usage(connectionId),
  causes.tokenReads(connectionId),
]
