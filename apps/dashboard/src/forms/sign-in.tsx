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
  const problem = submit.error === null ? undefined : asRefusal(submit.error).problem
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!submit.isPending) submit.mutate({ email, password })
      }}
    >
      {problem === undefined ? null : <RefusalNotice {...problem} />}
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
    </form>
  )
}
