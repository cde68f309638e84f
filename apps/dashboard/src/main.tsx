import './ui/mantine.ts'
import './ui/theme.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { z } from 'zod'
import { LiveStream } from '#api/live.ts'
import { createQueryClient } from '#api/query-client.ts'
import { paths } from './paths.ts'
import { createDashboardRouter } from './router.tsx'
import { theme } from './ui/theme.ts'

// Its compiled parsers need `eval`, which a content security policy rightly refuses.
z.config({ jitless: true })

const queryClient = createQueryClient(() => {
  queryClient.clear()
  void router.navigate({ ...paths.signIn(router.state.location.href), replace: true })
})
const router = createDashboardRouter({ queryClient, live: new LiveStream(queryClient) })

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')

createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <Notifications position="top-right" limit={3} />
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
