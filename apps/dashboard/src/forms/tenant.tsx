import { Textarea, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Tenant } from '@parley/contract/tenant.ts'
import { keys } from '#api/keys.ts'
import { asRefusal } from '#api/refusal.ts'
import { saveTenant } from '#api/settings-actions.ts'
import { Action } from '#ui/action.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import './tenant.css'

/** What a person may set of a tenant; what is the host's own business (capabilities, automation) is sent back as it was. */
export function TenantForm({
  tenant,
  refused,
  onSaved,
}: {
  tenant: Tenant
  /** Why this operator cannot change it. */
  refused: string | undefined
  onSaved: () => Promise<void>
}) {
  const queryClient = useQueryClient()
  const [text, setText] = useState(() => textOf(tenant))
  const save = useMutation({
    mutationFn: () => saveTenant(tenant.id, requestOf(tenant, text)),
    onSuccess: async (saved) => {
      queryClient.setQueryData(keys.tenant(tenant.id), saved)
      setText(textOf(saved))
      notifications.show({ message: 'Saved' })
      await queryClient.invalidateQueries({ queryKey: keys.tenants() })
      await onSaved()
    },
  })
  const problem = save.error === null ? undefined : asRefusal(save.error).problem
  const field = (name: keyof Text, path: string) => ({
    name,
    autoComplete: 'off',
    error: problem?.fields?.find((wrong) => wrong.path.startsWith(path))?.message,
    value: text[name],
    onChange: (event: { currentTarget: { value: string } }) => {
      setText({ ...text, [name]: event.currentTarget.value })
    },
  })
  return (
    <form
      className="panel tenant-form"
      aria-label="Tenant"
      onSubmit={(event) => {
        event.preventDefault()
        if (!save.isPending && refused === undefined) save.mutate()
      }}
    >
      {problem === undefined ? null : (
        <div className="tenant-form-wide">
          <RefusalNotice {...problem} />
        </div>
      )}
      <TextInput
        label="Name"
        required
        withAsterisk={false}
        maxLength={200}
        {...field('name', 'name')}
      />
      <TextInput label="Time zone" placeholder="Europe/Madrid" {...field('timezone', 'timezone')} />
      <TextInput
        className="tenant-form-wide"
        label="Contact"
        description="Where mails about its connections go."
        type="email"
        {...field('contactEmail', 'contactEmail')}
      />
      <Textarea
        className="tenant-form-wide"
        label="Return addresses"
        description="Where people may be led after connecting, one a line. The first is the usual one."
        minRows={2}
        rows={Math.min(8, Math.max(2, text.returnUrls.split('\n').length))}
        spellCheck={false}
        {...field('returnUrls', 'returnUrls')}
      />
      <TextInput
        label="Messages are kept, in days"
        description="Empty: for good. Older ones are deleted every night."
        inputMode="numeric"
        pattern="[0-9]*"
        placeholder="For good"
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        {...field('messagesDays', 'retention.messagesDays')}
      />
      <TextInput
        label="Deliveries are kept, in days"
        description="Empty: for good. What Meta sent, as it came."
        inputMode="numeric"
        pattern="[0-9]*"
        placeholder="For good"
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        {...field('deliveriesDays', 'retention.deliveriesDays')}
      />
      <div className="tenant-form-wide tenant-form-end">
        <Action type="submit" reason={refused} loading={save.isPending}>
          Save
        </Action>
      </div>
    </form>
  )
}

const textOf = ({ name, contactEmail, timezone, returnUrls, retention }: Tenant) => ({
  name,
  contactEmail: contactEmail ?? '',
  timezone,
  returnUrls: returnUrls.join('\n'),
  messagesDays: retention.messagesDays?.toString() ?? '',
  deliveriesDays: retention.deliveriesDays?.toString() ?? '',
})

type Text = ReturnType<typeof textOf>

function requestOf({ capabilities, defaultAutomation, retention }: Tenant, text: Text) {
  const days = (word: string): number | null => (word.trim() === '' ? null : Number(word))
  return {
    name: text.name,
    contactEmail: text.contactEmail.trim() === '' ? null : text.contactEmail.trim(),
    timezone: text.timezone.trim() === '' ? null : text.timezone.trim(),
    returnUrls: text.returnUrls.split('\n').flatMap((line) => {
      const url = line.trim()
      return url === '' ? [] : [url]
    }),
    capabilities,
    defaultAutomation,
    // Of media nothing is kept yet: it is sent back as it was.
    retention: {
      ...retention,
      messagesDays: days(text.messagesDays),
      deliveriesDays: days(text.deliveriesDays),
    },
  }
}
