import { Switch } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Automation } from '@parley/contract/automation.ts'
import { saveAutomation } from '#api/actions.ts'
import { keys } from '#api/keys.ts'
import { asRefusal } from '#api/refusal.ts'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import './responder-switch.css'

const words = {
  flow: 'The flow below answers.',
  agent: 'The AI agent answers.',
  host: 'Your own product answers.',
} as const

/** What would answer when switched on: what does now, else what is set up. */
function configured({ responder, flow, host, agent }: Automation): Automation['responder'] {
  if (responder !== null) return responder
  if (flow !== null) return 'flow'
  if (host !== null) return 'host'
  return agent === null ? null : 'agent'
}

export function ResponderSwitch({
  connectionId,
  automation,
  refused,
}: {
  connectionId: string
  automation: Automation
  /** Why this operator cannot switch it. */
  refused: string | undefined
}) {
  const queryClient = useQueryClient()
  const responder = configured(automation)
  const save = useMutation({
    mutationFn: (isOn: boolean) =>
      saveAutomation(connectionId, { ...automation, responder: isOn ? responder : null }),
    onSuccess: async (_, isOn) => {
      await queryClient.invalidateQueries({ queryKey: keys.automation(connectionId) })
      notifications.show({ message: isOn ? 'Automation is on' : 'Automation is off' })
    },
  })
  // While it is saved the switch stands where it was put; after a refusal it is back.
  const isOn = save.isPending ? save.variables : automation.responder !== null
  return (
    <div className="responder panel">
      <Switch
        size="md"
        label="Automation answers"
        description={
          responder === null
            ? 'Nothing is set up that could answer. Set a flow with PUT /v1/connections/{id}/automation.'
            : `${isOn ? words[responder] : 'New messages wait for a person.'} ${refused ?? ''}`
        }
        disabled={responder === null || refused !== undefined || save.isPending}
        checked={isOn}
        onChange={(event) => {
          save.mutate(event.currentTarget.checked)
        }}
      />
      {save.error === null ? null : <RefusalNotice {...asRefusal(save.error).problem} />}
    </div>
  )
}
