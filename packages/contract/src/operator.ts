import { z } from 'zod'
import { Me } from './me.ts'

/** Shortest and longest password of an operator, in characters. */
export const PASSWORD_LENGTH = { min: 10, max: 128 } as const

const password = z.string().min(PASSWORD_LENGTH.min).max(PASSWORD_LENGTH.max)

/** `POST /v1/welcome`: `link` is the last part of the one-time address `/welcome/<link>`. */
export const WelcomeRequest = z.object({
  link: z.string().min(1).max(200),
  name: z.string().trim().min(1).max(100),
  email: z.email().max(254),
  password,
})
export type WelcomeRequest = z.infer<typeof WelcomeRequest>

/** Signed in: the session cookie comes with it. */
export const Welcome = z.object({ operator: Me.shape.operator, role: Me.shape.role })
export type Welcome = z.infer<typeof Welcome>

/** `POST /auth/sign-in/email` */
export const SignInRequest = z.object({
  email: z.email().max(254),
  password: z.string().min(1).max(PASSWORD_LENGTH.max),
})
export type SignInRequest = z.infer<typeof SignInRequest>

export const SignedIn = z.object({ operator: Me.shape.operator })
export type SignedIn = z.infer<typeof SignedIn>
