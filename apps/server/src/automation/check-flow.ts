import type { Flow, FlowStep } from '@parley/contract/flow.ts'

type Problem = { readonly path: string; readonly message: string }

/**
 * What keeps a flow from running: a step that is named and missing, or a circle of steps that never waits.
 * Paths are those of the automation body.
 */
export function checkFlow(flow: Flow): Problem[] {
  const problems: Problem[] = []
  const known = (name: string | null, path: string): void => {
    if (name !== null && !Object.hasOwn(flow.steps, name)) {
      problems.push({ path, message: `there is no step named ${JSON.stringify(name)}` })
    }
  }
  known(flow.start, 'flow.start')
  for (const [name, step] of Object.entries(flow.steps)) {
    for (const { to, path } of exits(step)) known(to, `flow.steps.${name}.${path}`)
  }
  if (problems.length > 0) return problems

  const circle = findCircle(flow)
  if (circle !== undefined) {
    const [first] = circle
    problems.push({
      path: `flow.steps.${first}`,
      message: `${[...circle, first].join(' → ')} goes round without waiting for the person; put an ask, a handover or an end in it`,
    })
  }
  return problems
}

/** Every way out of a step that is taken without waiting for the person, and `ask`'s, which waits. */
function exits(step: FlowStep): { to: string | null; path: string; waits: boolean }[] {
  switch (step.type) {
    case 'message':
      return [{ to: step.next, path: 'next', waits: false }]
    case 'ask':
      return [{ to: step.next, path: 'next', waits: true }]
    case 'branch':
      return [
        ...step.cases.map((one, n) => ({ to: one.next, path: `cases.${n}.next`, waits: false })),
        { to: step.next, path: 'next', waits: false },
      ]
    case 'faq':
      return [
        { to: step.next, path: 'next', waits: false },
        { to: step.otherwise, path: 'otherwise', waits: false },
      ]
    case 'handover':
    case 'end':
      return []
  }
}

/** A circle over exits that do not wait, as step names; depth first, each step entered once. */
function findCircle(flow: Flow): string[] | undefined {
  const done = new Set<string>()
  for (const start of Object.keys(flow.steps)) {
    const path: string[] = []
    const onPath = new Set<string>()
    const pending: { name: string; leave: boolean }[] = [{ name: start, leave: false }]
    while (pending.length > 0) {
      const entry = pending.pop()
      if (entry === undefined) break
      if (entry.leave) {
        path.pop()
        onPath.delete(entry.name)
        done.add(entry.name)
        continue
      }
      if (onPath.has(entry.name)) return path.slice(path.indexOf(entry.name))
      const step = flow.steps[entry.name]
      if (done.has(entry.name) || step === undefined) continue
      path.push(entry.name)
      onPath.add(entry.name)
      pending.push({ name: entry.name, leave: true })
      for (const { to, waits } of exits(step)) {
        if (to !== null && !waits) pending.push({ name: to, leave: false })
      }
    }
  }
  return undefined
}
