import { IconCircleCheck, IconCircleDashed } from '@tabler/icons-react'
import type { MetaSetup } from '@parley/contract/doctor.ts'
import { Moment } from '#ui/moment.tsx'
import './seen-list.css'

type Seen = MetaSetup['seen']

const steps: readonly { key: keyof Seen; name: string; todo: string }[] = [
  {
    key: 'handshake',
    name: 'Handshake',
    todo: 'Press “Verify and save” beside the callback URL in Meta’s dashboard.',
  },
  {
    key: 'testEvent',
    name: 'Test event',
    todo: 'Press “Test” beside a field in Meta’s dashboard.',
  },
  {
    key: 'firstEvent',
    name: 'First real event',
    todo: 'Write to a connected account from another Instagram account.',
  },
  { key: 'lastDelivery', name: 'Last delivery', todo: 'Nothing has come yet.' },
]

/** What has come from Meta so far, in the order somebody sets it up, each with how to make it come. */
export function SeenList({ seen }: { seen: Seen }) {
  return (
    <ol className="panel seen" aria-label="Seen so far">
      {steps.map(({ key, name, todo }) => {
        const at = seen[key]
        const Icon = at === null ? IconCircleDashed : IconCircleCheck
        return (
          <li key={key} data-seen={at === null ? undefined : true}>
            <span className="seen-name">
              <Icon
                size={18}
                stroke={1.75}
                role="img"
                aria-label={at === null ? 'Not yet' : 'Seen'}
              />
              {name}
            </span>
            <span className="small soft">{at === null ? todo : <Moment at={at} />}</span>
          </li>
        )
      })}
    </ol>
  )
}
