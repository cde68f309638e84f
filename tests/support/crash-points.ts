/** A place on a message's way: a statement that fits, or a moment of a call at Meta. */
export type CrashPoint =
  | { readonly moment: 'before' | 'after'; readonly statement: string }
  | { readonly send: 'created' | 'bodySent' | 'headers' }

const STORE = 'insert into deliveries '
const TAKE = "where state = 'stored' and \\(retry_at"
const LINES = 'insert into messages .*num_edit > 0'
const ANSWER = 'insert into lanes as l'
const COMMIT = '^commit$'
const WAIT = 'insert into waiting_lines .*from line'
const CLAIM = 'update lanes l set lease_owner = \\$'
const TURN = 'insert into turns'
const RECORD = "array\\['sending', 'unknown'\\] as open"

const ends: Readonly<Record<string, CrashPoint>> = {
  'before the call': { send: 'created' },
  'with the call on its way': { send: 'bodySent' },
  'with Meta’s answer there, before it is recorded': { send: 'headers' },
  'before results are recorded': { moment: 'before', statement: RECORD },
  'after results are recorded': { moment: 'after', statement: RECORD },
}

/** The way of a line that is answered as it is stored. */
export const PROMPT_WAY: Readonly<Record<string, CrashPoint>> = {
  'before a delivery is stored': { moment: 'before', statement: STORE },
  'after it is stored, before the 200': { moment: 'after', statement: STORE },
  'after deliveries are taken': { moment: 'after', statement: TAKE },
  'with lines written': { moment: 'after', statement: LINES },
  'with answers written': { moment: 'after', statement: ANSWER },
  'before lines and answers are committed': { moment: 'before', statement: COMMIT },
  'after lines and answers are committed': { moment: 'after', statement: COMMIT },
  ...ends,
}

/** The way of a line that waits for more of them, and is answered by its lane. */
export const LANE_WAY: Readonly<Record<string, CrashPoint>> = {
  'with lines waiting and not committed': { moment: 'after', statement: WAIT },
  'before lanes are claimed': { moment: 'before', statement: CLAIM },
  'after lanes are claimed': { moment: 'after', statement: CLAIM },
  'before an answer is committed': { moment: 'before', statement: TURN },
  'after an answer is committed': { moment: 'after', statement: TURN },
  ...ends,
}

/** Every statement of the server, whatever it is for. */
export const ANY_STATEMENT = [
  { moment: 'before', statement: '' },
  { moment: 'after', statement: '' },
] as const satisfies readonly CrashPoint[]
