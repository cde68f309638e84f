import { NativeSelect } from '@mantine/core'
import type { Me } from '@parley/contract/me.ts'

/** For whom something is made; undefined: every tenant, offered to those who see all. */
export function TenantSelect({
  me,
  description,
  value,
  onChange,
}: {
  me: Me
  description: string
  value: string | undefined
  onChange: (tenantId: string | undefined) => void
}) {
  return (
    <NativeSelect
      label="Tenant"
      description={description}
      value={value ?? ''}
      data={[
        ...(me.allTenants ? [{ value: '', label: 'Every tenant' }] : []),
        ...me.tenants.map(({ id, name }) => ({ value: id, label: name })),
      ]}
      onChange={(event) => {
        const chosen = event.currentTarget.value
        onChange(chosen === '' ? undefined : chosen)
      }}
    />
  )
}
