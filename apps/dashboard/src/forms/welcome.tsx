import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { PASSWORD_LENGTH } from '@parley/contract/operator.ts'
import { acceptWelcome } from '#api/actions.ts'
import { asRefusal } from '#api/refusal.ts'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import './form.css'

export function WelcomeForm({ link, onDone }: { link: string; onDone: () => void }) {
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const submit = useMutation({ mutationFn: acceptWelcome, onSuccess: onDone })
  const problem = submit.error === null ? undefined : asRefusal(submit.error).problem
  const wrong = (path: string) => problem?.fields?.find((field) => field.path === path)?.message
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!submit.isPending) submit.mutate({ link, name, email, password })
      }}
    >
      {problem === undefined ? null : (
        <RefusalNotice
          title={problem.title}
          hint={problem.hint}
          detail={problem.detail}
          requestId={problem.requestId}
        />
      )}
      <TextInput
        label="Your name"
        name="name"
        autoComplete="name"
        required
        withAsterisk={false}
        maxLength={100}
        error={wrong('name')}
        value={name}
        onChange={(event) => {
          setName(event.currentTarget.value)
        }}
      />
      <TextInput
        label="Email"
        type="email"
        name="email"
        autoComplete="username"
        required
        withAsterisk={false}
        error={wrong('email')}
        value={email}
        onChange={(event) => {
          setEmail(event.currentTarget.value)
        }}
      />
      <PasswordInput
        label="Password"
        description={`At least ${PASSWORD_LENGTH.min} characters`}
        name="password"
        autoComplete="new-password"
        required
        withAsterisk={false}
        minLength={PASSWORD_LENGTH.min}
        maxLength={PASSWORD_LENGTH.max}
        error={wrong('password')}
        value={password}
        onChange={(event) => {
          setPassword(event.currentTarget.value)
        }}
      />
      <Button type="submit" size="md" loading={submit.isPending}>
        Create account
      </Button>
    </form>
  )
}
