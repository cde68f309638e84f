import { Loader } from '@mantine/core'

/** While the first answer is on its way. */
export function Opening() {
  return (
    <div className="opening" role="status" aria-label="Loading">
      <Loader size="sm" color="pine" />
    </div>
  )
}
