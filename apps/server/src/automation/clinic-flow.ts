import type { Automation } from '@parley/contract/automation.ts'

/** The seeded clinic's automation: greet, find out what is needed, collect two answers, fetch a person. */
export const clinicAutomation: Automation = {
  responder: 'flow',
  quietMs: 1500,
  agent: null,
  host: null,
  flow: {
    version: 1,
    start: 'greet',
    steps: {
      greet: {
        type: 'message',
        text: 'Hi {{person.name}}! This is Lumen Chiropractic’s automatic assistant.',
        next: 'need',
      },
      need: {
        type: 'ask',
        text: 'What can we do for you?',
        field: 'need',
        quickReplies: [
          { title: 'New patient', payload: 'new_patient' },
          { title: 'Existing patient', payload: 'existing_patient' },
          { title: 'I have a question', payload: 'question' },
        ],
        next: 'by_need',
      },
      by_need: {
        type: 'branch',
        on: 'fields.need',
        cases: [
          { equals: 'new_patient', next: 'new_reason' },
          { equals: 'existing_patient', next: 'existing_name' },
          { equals: 'question', next: 'ask_question' },
          { equals: 'person', next: 'to_person' },
        ],
        next: 'answer_question',
      },
      new_reason: {
        type: 'ask',
        text: 'Welcome! What brings you in?',
        field: 'reason',
        quickReplies: [
          { title: 'Back pain', payload: 'Back pain' },
          { title: 'Neck pain', payload: 'Neck pain' },
          { title: 'Headaches', payload: 'Headaches' },
          { title: 'Something else', payload: 'Something else' },
        ],
        next: 'new_time',
      },
      new_time: {
        type: 'ask',
        text: 'When would you like to come?',
        field: 'preferred_time',
        quickReplies: [
          { title: 'Mornings', payload: 'Mornings' },
          { title: 'Afternoons', payload: 'Afternoons' },
          { title: 'Any time', payload: 'Any time' },
        ],
        next: 'confirm_by_person',
      },
      existing_name: {
        type: 'ask',
        text: 'Good to hear from you again. Under which name are you with us?',
        field: 'patient_name',
        next: 'existing_time',
      },
      existing_time: {
        type: 'ask',
        text: 'When would you like your next appointment?',
        field: 'preferred_time',
        quickReplies: [
          { title: 'Mornings', payload: 'Mornings' },
          { title: 'Afternoons', payload: 'Afternoons' },
          { title: 'Any time', payload: 'Any time' },
        ],
        next: 'confirm_by_person',
      },
      confirm_by_person: {
        type: 'handover',
        text: 'Thank you! A person of our team will confirm your appointment here shortly.',
      },
      ask_question: {
        type: 'ask',
        text: 'Sure, what would you like to know?',
        field: 'question',
        next: 'answer_question',
      },
      answer_question: {
        type: 'faq',
        entries: [
          {
            q: ['opening hours', 'hours', 'open', 'when are you open'],
            a: 'We are open Monday to Friday from 9:00 to 19:00, and on Saturdays until 13:00.',
          },
          {
            q: ['price', 'prices', 'cost', 'how much'],
            a: 'A first visit is €60 and takes 45 minutes; every further visit is €45.',
          },
          {
            q: ['where', 'address', 'parking'],
            a: 'We are at 12 Calle Mayor, right by the square. There is parking behind the house.',
          },
        ],
        next: 'anything_else',
        otherwise: 'to_person',
      },
      anything_else: {
        type: 'message',
        text: 'Just write again if there is anything else.',
        next: null,
      },
      to_person: {
        type: 'handover',
        text: 'I will fetch somebody of our team. A person will answer you here.',
      },
    },
  },
}
