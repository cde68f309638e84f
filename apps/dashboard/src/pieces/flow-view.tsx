import type { Flow, FlowStep } from '@parley/contract/flow.ts'
import { Tag } from '#ui/tag.tsx'
import { orderSteps } from './order-steps.ts'
import { sentence } from './words.ts'
import './flow-view.css'

const kinds: Readonly<Record<FlowStep['type'], string>> = {
  message: 'Says',
  ask: 'Asks',
  branch: 'Decides',
  faq: 'Answers questions',
  handover: 'Fetches a person',
  end: 'Ends',
}

/** A flow to read: its steps from the start on, each with where it leads. */
export function FlowView({ flow }: { flow: Flow }) {
  return (
    <section className="flow" aria-labelledby="flow-title">
      <h2 id="flow-title">Flow</h2>
      <ol>
        {orderSteps(flow).map(({ name, step }) => (
          <li key={name} id={`step-${name}`} className="panel flow-step" tabIndex={-1}>
            <div className="row">
              <h3>{sentence(name)}</h3>
              <Tag tone={step.type === 'handover' ? 'warn' : 'plain'}>{kinds[step.type]}</Tag>
              {name === flow.start ? <Tag tone="good">Start</Tag> : null}
              {step.type === 'ask' ? <Tag tone="blue">Keeps “{step.field}”</Tag> : null}
            </div>
            <StepBody step={step} />
          </li>
        ))}
      </ol>
    </section>
  )
}

function StepBody({ step }: { step: FlowStep }) {
  switch (step.type) {
    case 'message':
    case 'ask':
      return (
        <>
          <p className="flow-text">{step.text}</p>
          {step.quickReplies === undefined ? null : (
            <ul className="flow-taps" aria-label="Quick replies">
              {step.quickReplies.map(({ title, payload }) => (
                <li key={payload}>{title}</li>
              ))}
            </ul>
          )}
          <Next to={step.next} />
        </>
      )
    case 'branch':
      return (
        <ul className="flow-cases">
          {step.cases.map(({ equals, next }) => (
            <li key={equals}>
              <span>
                {sentence(step.on.replace('fields.', ''))} is “{equals}”
              </span>
              <Next to={next} />
            </li>
          ))}
          <li>
            <span>Otherwise</span>
            <Next to={step.next} />
          </li>
        </ul>
      )
    case 'faq':
      return (
        <>
          <dl className="flow-faq">
            {step.entries.map(({ q, a }) => (
              <div key={q.join()}>
                <dt>{q.join(' · ')}</dt>
                <dd>{a}</dd>
              </div>
            ))}
          </dl>
          <ul className="flow-cases">
            <li>
              <span>Answered</span>
              <Next to={step.next} />
            </li>
            <li>
              <span>No answer fits</span>
              <Next to={step.otherwise} />
            </li>
          </ul>
        </>
      )
    case 'handover':
      return step.text === undefined ? null : <p className="flow-text">{step.text}</p>
    case 'end':
      return null
  }
}

function Next({ to }: { to: string | null }) {
  return (
    <p className="small soft">
      →{' '}
      {to === null ? (
        'ends; the next message starts over'
      ) : (
        <a href={`#step-${to}`}>{sentence(to)}</a>
      )}
    </p>
  )
}
