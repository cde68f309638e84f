import { Menu, UnstyledButton } from '@mantine/core'
import { IconLogout } from '@tabler/icons-react'
import { Face } from '#ui/face.tsx'

export function AccountMenu({
  name,
  email,
  isLeaving,
  onSignOut,
}: {
  name: string
  email: string
  isLeaving: boolean
  onSignOut: () => void
}) {
  return (
    <Menu>
      <Menu.Target>
        <UnstyledButton aria-label={`Account of ${name}`} className="frame-account">
          <Face name={name} size={32} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <span className="frame-account-name">{name}</span>
          <br />
          {email}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconLogout size={16} aria-hidden="true" />}
          disabled={isLeaving}
          onClick={onSignOut}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
