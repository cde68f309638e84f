import { Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import './dialog.css'

/** A question in front of the page. It stays mounted while closed, so the focus goes back where it came from. */
export function Dialog({
  title,
  isOpen,
  onClose,
  children,
}: {
  title: string
  isOpen: boolean
  onClose: () => void
  children: ReactNode
}) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={title}
      transitionProps={{ duration: 0 }}
      overlayProps={{ backgroundOpacity: 0.45 }}
    >
      {children}
    </Modal>
  )
}
