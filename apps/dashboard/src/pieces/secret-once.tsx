import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { CopyValue } from '#ui/copy-value.tsx'
import { Notice } from '#ui/notice.tsx'
import '#forms/form.css'

/** A secret in the only moment it can be seen. */
export function SecretOnce({
  name,
  secret,
  onDone,
  children,
}: {
  name: string
  secret: string
  onDone: () => void
  children: ReactNode
}) {
  return (
    <div className="form">
      <Notice tone="warn" title="Shown now and never again">
        <p>{children}</p>
      </Notice>
      <CopyValue name={name} value={secret} />
      <div className="form-actions">
        <Button onClick={onDone} data-autofocus>
          I have kept it
        </Button>
      </div>
    </div>
  )
}
