import type { Flow, FlowStep } from '@parley/contract/flow.ts'

function waysOn(step: FlowStep): (string | null)[] {
  switch (step.type) {
    case 'message':
    case 'ask':
      return [step.next]
    case 'branch':
      return [...step.cases.map(({ next }) => next), step.next]
    case 'faq':
      return [step.next, step.otherwise]
    case 'handover':
    case 'end':
      return []
  }
}

/** The steps as a conversation meets them: from the start, each way to its end; unreachable ones last. */
export function orderSteps({ start, steps }: Flow): { name: string; step: FlowStep }[] {
  const order = new Map<string, FlowStep>()
  const open = [start]
  while (open.length > 0) {
    const name = open.pop()
    const step = name === undefined ? undefined : steps[name]
    if (name === undefined || step === undefined || order.has(name)) continue
    order.set(name, step)
    const ways = waysOn(step).filter((way) => way !== null)
    open.push(...ways.toReversed())
  }
  for (const [name, step] of Object.entries(steps)) if (!order.has(name)) order.set(name, step)
  return Array.from(order, ([name, step]) => ({ name, step }))
}
