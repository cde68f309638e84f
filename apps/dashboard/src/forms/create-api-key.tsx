import { Button, Checkbox, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Scope } from '@parley/contract/api-key.ts'
import type { Me } from '@parley/contract/me.ts'
import { keys } from '#api/keys.ts'
import { asRefusal } from '#api/refusal.ts'
import { createApiKey } from '#api/settings-actions.ts'
import { SecretOnce } from '#pieces/secret-once.tsx'
import { TenantSelect } from '#pieces/tenant-select.tsx'
import { scopeWords } from '#pieces/words.ts'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import '#pieces/event-choice.css'
import './form.css'

/** They reach tokens: the server refuses them to anybody else. */
const OWNERS_ONLY: ReadonlySet<Scope> = new Set(['access-token', 'graph'])

/** Makes a key; it is shown once, in the place of the form. */
export function CreateApiKeyForm({
  me,
  tenantId,
  onDone,
}: {
  me: Me
  tenantId: string | undefined
  onDone: () => void
}) {
  const queryClient = useQueryClient()
  const [name, setName] = useState('')
  const [tenant, setTenant] = useState(tenantId ?? (me.allTenants ? undefined : me.tenants[0]?.id))
  const [scopes, setScopes] = useState<readonly Scope[]>([])
  const create = useMutation({
    mutationFn: createApiKey,
    gcTime: 0,
    onSuccess: async () => await queryClient.invalidateQueries({ queryKey: keys.apiKeys() }),
  })
  if (create.data !== undefined) {
    return (
      <SecretOnce name="API key" secret={create.data.secret} onDone={onDone}>
        Your program sends it as Authorization: Bearer. Here only its hash is kept: who loses it
        makes a new one and revokes this one.
      </SecretOnce>
    )
  }
  const problem = create.error === null ? undefined : asRefusal(create.error).problem
  const wrong = (path: string) =>
    problem?.fields?.find((field) => field.path.startsWith(path))?.message
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!create.isPending) create.mutate({ name, scopes: [...scopes], tenantId: tenant })
      }}
    >
      {problem === undefined ? null : <RefusalNotice {...problem} />}
      <TextInput
        label="Name"
        description="What uses it, for you to know it again."
        name="name"
        autoComplete="off"
        required
        withAsterisk={false}
        maxLength={100}
        data-autofocus
        error={wrong('name')}
        value={name}
        onChange={(event) => {
          setName(event.currentTarget.value)
        }}
      />
      <TenantSelect
        me={me}
        description="Whose data it may see and change."
        value={tenant}
        onChange={setTenant}
      />
      <Checkbox.Group
        label="May"
        error={wrong('scopes')}
        value={[...scopes]}
        onChange={(chosen) => {
          setScopes(Scope.options.filter((scope) => chosen.includes(scope)))
        }}
      >
        <div className="event-choice-list">
          {Scope.options
            .filter((scope) => me.role === 'owner' || !OWNERS_ONLY.has(scope))
            .map((scope) => (
              <Checkbox key={scope} value={scope} label={scope} description={scopeWords[scope]} />
            ))}
        </div>
      </Checkbox.Group>
      <div className="form-actions">
        <Button variant="default" onClick={onDone}>
          Cancel
        </Button>
        <Button type="submit" loading={create.isPending}>
          Make key
        </Button>
      </div>
    </form>
  )
}
