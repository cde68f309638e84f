import { Checkbox } from '@mantine/core'
import { hostEventTypes, HostEventType } from '@parley/contract/host-event.ts'
import './event-choice.css'

/** Which events an endpoint is told; null is every one, also those to come. */
export function EventChoice({
  value,
  onChange,
  error,
}: {
  value: readonly HostEventType[] | null
  onChange: (value: HostEventType[] | null) => void
  error?: string | undefined
}) {
  return (
    <div className="event-choice">
      <Checkbox
        label="Every event, also those to come"
        checked={value === null}
        onChange={(event) => {
          onChange(event.currentTarget.checked ? null : [])
        }}
      />
      {value === null ? null : (
        <Checkbox.Group
          label="Events"
          error={error}
          value={[...value]}
          onChange={(chosen) => {
            onChange(HostEventType.options.filter((type) => chosen.includes(type)))
          }}
        >
          <div className="event-choice-list">
            {HostEventType.options.map((type) => (
              <Checkbox key={type} value={type} label={type} description={hostEventTypes[type]} />
            ))}
          </div>
        </Checkbox.Group>
      )}
    </div>
  )
}
