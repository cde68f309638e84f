import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { signIn } from '#api/actions.ts'
import { asRefusal } from '#api/refusal.ts'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import './form.css'

export function SignInForm({ onDone }: { onDone: () => void }) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const submit = useMutation({ mutationFn: signIn, onSuccess: onDone })
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!submit.isPending) submit.mutate({ email, password })
      }}
    >
      {submit.error === null ? null : <SignInRefused error={submit.error} />}
      <TextInput
        label="Email"
        type="email"
        name="email"
        autoComplete="username"
        required
        withAsterisk={false}
        value={email}
        onChange={(event) => {
          setEmail(event.currentTarget.value)
        }}
      />
      <PasswordInput
        label="Password"
        name="password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        value={password}
        onChange={(event) => {
          setPassword(event.currentTarget.value)
        }}
      />
      <Button type="submit" size="md" loading={submit.isPending}>
        Sign in
      </Button>
      <p className="small soft">
        Forgotten? <code>parley operators link</code> on the server makes a new sign-in link.
      </p>
    </form>
  )
}

function SignInRefused({ error }: { error: unknown }) {
  const { problem } = asRefusal(error)
  // better-auth answers in its own shape and, rightly, does not tell which of the two was wrong.
  const isWrong = problem.status === 401 || problem.status === 400
  return isWrong ? (
    <RefusalNotice
      title="Email and password do not fit together"
      hint="Check both and try again."
    />
  ) : (
    <RefusalNotice title={problem.title} hint={problem.hint} requestId={problem.requestId} />
  )
}
