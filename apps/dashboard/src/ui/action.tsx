import { Button, Tooltip } from '@mantine/core'
import type { ButtonProps } from '@mantine/core'
import type { ReactNode } from 'react'

/**
 * A button that, while it cannot work, says why. It then stays reachable by keyboard, so the reason is
 * read out, and a press does nothing.
 */
export function Action({
  reason,
  onClick,
  children,
  type = 'button',
  ...rest
}: Omit<ButtonProps, 'disabled'> & {
  reason?: string | undefined
  onClick?: (() => void) | undefined
  type?: 'button' | 'submit'
  children: ReactNode
}) {
  if (reason === undefined) {
    return (
      <Button type={type} onClick={onClick} {...rest}>
        {children}
      </Button>
    )
  }
  return (
    <Tooltip label={reason} events={{ hover: true, focus: true, touch: true }}>
      <Button
        type="button"
        data-disabled
        aria-disabled="true"
        aria-description={reason}
        onClick={(event) => {
          event.preventDefault()
        }}
        {...rest}
      >
        {children}
      </Button>
    </Tooltip>
  )
}
