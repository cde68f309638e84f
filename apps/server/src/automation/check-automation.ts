import { AppError } from '@parley/contract/app-error.ts'
import type { Automation } from '@parley/contract/automation.ts'
import { checkFlow } from './check-flow.ts'

/**
 * Refuses an automation that could not run.
 *
 * @throws AppError `automation/flow-invalid` with the path of each wrong step, `automation/responder-unavailable`.
 */
export function checkAutomation(automation: Automation): void {
  if (automation.responder === 'agent' || automation.responder === 'host') {
    throw new AppError('automation/responder-unavailable', {
      detail: `The responder "${automation.responder}" is not part of this version.`,
    })
  }
  if (automation.responder === 'flow' && automation.flow === null) {
    throw new AppError('automation/flow-invalid', {
      fields: [{ path: 'flow', message: 'the responder is a flow, so a flow is needed' }],
    })
  }
  const fields = automation.flow === null ? [] : checkFlow(automation.flow)
  if (fields.length > 0) throw new AppError('automation/flow-invalid', { fields })
}
