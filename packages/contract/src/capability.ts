import { z } from 'zod'

export const Capability = z.enum(['messages', 'comments', 'publish', 'insights'])
export type Capability = z.infer<typeof Capability>

export const Login = z.enum(['instagram', 'facebook'])
export type Login = z.infer<typeof Login>
