import { getRouteApi, useRouter } from '@tanstack/react-router'
import { WelcomeForm } from '#forms/welcome.tsx'
import { paths } from '#paths.ts'
import { Doorway } from '#pieces/doorway.tsx'

const route = getRouteApi('/welcome/$link')

export function WelcomePage() {
  const { link } = route.useParams()
  const router = useRouter()
  return (
    <Doorway title="Welcome" lead="Make your account. This link works once.">
      <WelcomeForm
        link={link}
        onDone={() => {
          void router.navigate({ ...paths.inbox(), replace: true })
        }}
      />
    </Doorway>
  )
}
