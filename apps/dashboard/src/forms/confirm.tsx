import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { asRefusal } from '#api/refusal.ts'
import { Action } from '#ui/action.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import './form.css'

/** A question before something that cannot be taken back. With `typed` the answer is written out. */
export function ConfirmForm({
  act,
  keep = 'Cancel',
  typed,
  error,
  isPending,
  onConfirm,
  onDone,
  children,
}: {
  act: string
  keep?: string
  /** What must be typed, character for character. */
  typed?: string
  error: Error | null
  isPending: boolean
  onConfirm: () => void
  onDone: () => void
  children: ReactNode
}) {
  const [text, setText] = useState('')
  const reason = typed === undefined || text === typed ? undefined : `Type ${typed} first.`
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isPending && reason === undefined) onConfirm()
      }}
    >
      {children}
      {typed === undefined ? null : (
        <TextInput
          label={
            <>
              Type <strong>{typed}</strong> to go on
            </>
          }
          autoComplete="off"
          spellCheck={false}
          data-autofocus
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value)
          }}
        />
      )}
      {error === null ? null : <RefusalNotice {...asRefusal(error).problem} />}
      <div className="form-actions">
        <Button
          variant="default"
          onClick={onDone}
          data-autofocus={typed === undefined || undefined}
        >
          {keep}
        </Button>
        <Action type="submit" color="red" loading={isPending} reason={reason}>
          {act}
        </Action>
      </div>
    </form>
  )
}
