import { ActionIcon, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { IconMoon, IconSun } from '@tabler/icons-react'

/** Light or dark; the system's choice until somebody presses it. */
export function SchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme({
    // Stopping them takes a `<style>` element, which a strict policy refuses.
    keepTransitions: true,
  })
  const shown = useComputedColorScheme('light')
  const other = shown === 'dark' ? 'light' : 'dark'
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={`Switch to ${other} colours`}
      title={`Switch to ${other} colours`}
      onClick={() => {
        setColorScheme(other)
      }}
    >
      {shown === 'dark' ? (
        <IconSun size={20} stroke={1.75} aria-hidden="true" />
      ) : (
        <IconMoon size={20} stroke={1.75} aria-hidden="true" />
      )}
    </ActionIcon>
  )
}
