import { createTheme } from '@mantine/core'
import type { MantineColorsTuple } from '@mantine/core'

/**
 * Names the shades for the library; their values stand in `theme.css`, light and dark. The library's
 * own `<style>` element is switched off, so a content security policy needs no exception.
 */
const pine: MantineColorsTuple = [
  '#eef6f2',
  '#dcece5',
  '#b9d8cb',
  '#8fc0ad',
  '#5fa38b',
  '#388670',
  '#17624f',
  '#125343',
  '#0f4638',
  '#0a3429',
]

export const theme = createTheme({
  primaryColor: 'pine',
  primaryShade: 6,
  colors: { pine },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Modal: { defaultProps: { centered: true, lockScroll: false, radius: 'lg' } },
    Tooltip: { defaultProps: { withArrow: true, multiline: true, maw: 280, openDelay: 150 } },
    Menu: { defaultProps: { shadow: 'md', position: 'bottom-end' } },
    Skeleton: { defaultProps: { radius: 'sm' } },
  },
})
