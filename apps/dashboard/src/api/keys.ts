/** Names of what is cached; a shorter name covers every longer one that starts with it. */
export const keys = {
  me: () => ['me'] as const,
  connections: () => ['connections'] as const,
  alerts: () => ['alerts'] as const,
  automation: (connectionId: string) => ['automation', connectionId] as const,
  conversations: () => ['conversations'] as const,
  conversation: (id: string) => ['conversation', id] as const,
  messages: (conversationId: string) => ['messages', conversationId] as const,
  reply: (conversationId: string) => ['reply', conversationId] as const,
  deliveries: () => ['deliveries'] as const,
  delivery: (id: string) => ['delivery', id] as const,
}
