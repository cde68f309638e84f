/** What alerts of a connection, of a login that waits for it or of a Meta app are about: open once each. */
export const causes = {
  lost: (connectionId: string): string => `lost:${connectionId}`,
  expiring: (connectionId: string): string => `expiring:${connectionId}`,
  dataAccess: (connectionId: string): string => `data_access:${connectionId}`,
  notSubscribed: (connectionId: string): string => `not_subscribed:${connectionId}`,
  silent: (connectionId: string): string => `silent:${connectionId}`,
  unconfirmed: (grantId: string): string => `unconfirmed:${grantId}`,
  appPaused: (appId: string): string => `app_paused:${appId}`,
} as const

/** Every cause a connection may have. */
export const causesOf = (connectionId: string): string[] => [
  causes.lost(connectionId),
  causes.expiring(connectionId),
  causes.dataAccess(connectionId),
  causes.notSubscribed(connectionId),
  causes.silent(connectionId),
]
