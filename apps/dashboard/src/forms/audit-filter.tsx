import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { AuditFilter } from '#paths.ts'
import './audit-filter.css'

const fields = [
  { name: 'action', label: 'Action', placeholder: 'token.unsealed' },
  { name: 'actor', label: 'Actor', placeholder: 'system' },
  { name: 'subject', label: 'Subject', placeholder: 'an id' },
] as const

/** Words a line of the audit log must have, each whole. */
export function AuditFilterForm({
  filter,
  onFilter,
}: {
  filter: AuditFilter
  onFilter: (filter: AuditFilter) => void
}) {
  const [words, setWords] = useState(filter)
  const wanted = (name: keyof AuditFilter) => {
    const text = words[name]?.trim() ?? ''
    return text === '' ? undefined : text
  }
  return (
    <form
      className="audit-filter"
      role="search"
      aria-label="Filter the audit log"
      onSubmit={(event) => {
        event.preventDefault()
        onFilter({ action: wanted('action'), actor: wanted('actor'), subject: wanted('subject') })
      }}
    >
      {fields.map(({ name, label, placeholder }) => (
        <TextInput
          key={name}
          label={label}
          placeholder={placeholder}
          autoComplete="off"
          spellCheck={false}
          maxLength={100}
          value={words[name] ?? ''}
          onChange={(event) => {
            setWords({ ...words, [name]: event.currentTarget.value })
          }}
        />
      ))}
      <Button type="submit" variant="default">
        Filter
      </Button>
      <Button
        variant="subtle"
        onClick={() => {
          setWords({})
          onFilter({})
        }}
      >
        Clear
      </Button>
    </form>
  )
}
