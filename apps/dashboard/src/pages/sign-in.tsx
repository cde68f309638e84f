import { getRouteApi, useRouter } from '@tanstack/react-router'
import { SignInForm } from '#forms/sign-in.tsx'
import { Doorway } from '#pieces/doorway.tsx'
import { safeReturn } from '#pieces/safe-return.ts'

const route = getRouteApi('/sign-in')

export function SignInPage() {
  const { from } = route.useSearch()
  const router = useRouter()
  return (
    <Doorway title="Sign in" lead="The inbox of your Instagram accounts.">
      <SignInForm
        onDone={() => {
          router.history.push(safeReturn(from))
        }}
      />
    </Doorway>
  )
}
