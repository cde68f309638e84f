import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { IconMapOff } from '@tabler/icons-react'
import { paths } from '#paths.ts'
import { Empty } from '#ui/empty.tsx'

export function Missing() {
  return (
    <main className="alone">
      <title>Not found · Parley</title>
      <Empty
        icon={IconMapOff}
        title="There is nothing here"
        action={
          <Button variant="default" renderRoot={(props) => <Link {...paths.inbox()} {...props} />}>
            Go to the inbox
          </Button>
        }
      >
        This address leads to no page of the dashboard.
      </Empty>
    </main>
  )
}
