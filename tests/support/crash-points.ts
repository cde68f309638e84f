/** A place on a message's way: a statement, or a moment of a call at Meta. */
export type CrashPoint =
  | { readonly moment: 'before' | 'after'; readonly statement: string }
  | { readonly send: 'created' | 'bodySent' | 'headers' }

const STORE = 'insert into deliveries'
const TAKE = "where state = 'stored' and (retry_at"
const LINES =
  'insert into waiting_lines (conversation_id, message_id, tenant_id, at, seq, received_at)\n      select conversation_id'
const CLAIM = 'update lanes l set lease_owner = $'
const TURN = 'insert into turns'
const RECORD = "array['sending', 'unknown'] as open"

/** The crash table of a message's way, from the door to the answer. */
export const CRASH_POINTS: Readonly<Record<string, CrashPoint>> = {
  'before a delivery is stored': { moment: 'before', statement: STORE },
  'after it is stored, before the 200': { moment: 'after', statement: STORE },
  'after deliveries are taken': { moment: 'after', statement: TAKE },
  'with lines written and not committed': { moment: 'after', statement: LINES },
  'before lanes are claimed': { moment: 'before', statement: CLAIM },
  'after lanes are claimed': { moment: 'after', statement: CLAIM },
  'before an answer is committed': { moment: 'before', statement: TURN },
  'after an answer is committed': { moment: 'after', statement: TURN },
  'before the call': { send: 'created' },
  'with the call on its way': { send: 'bodySent' },
  'with Meta’s answer there, before it is recorded': { send: 'headers' },
  'before results are recorded': { moment: 'before', statement: RECORD },
  'after results are recorded': { moment: 'after', statement: RECORD },
}

/** Every statement of the server, whatever it is for. */
export const ANY_STATEMENT = [
  { moment: 'before', statement: '' },
  { moment: 'after', statement: '' },
] as const satisfies readonly CrashPoint[]
