/** A refusal in Graph's shape, thrown by whatever finds the reason. */
export class GraphRefusal extends Error {
  readonly code: number
  readonly subcode: number | undefined
  readonly status: number | undefined
  readonly type: string | undefined
  readonly isTransient: boolean | undefined

  constructor(code: number, details: RefusalDetails) {
    super(details.message)
    this.name = 'GraphRefusal'
    this.code = code
    this.subcode = details.subcode
    this.status = details.status
    this.type = details.type
    this.isTransient = details.isTransient
  }
}

/** A refusal in the flat shape of api.instagram.com. */
export class OAuthRefusal extends Error {}

export const oauthRefusal = (message: string): OAuthRefusal => new OAuthRefusal(message)

export type RefusalDetails = {
  message: string
  subcode?: number | undefined
  status?: number | undefined
  type?: string | undefined
  isTransient?: boolean | undefined
}

/** Texts by `code/subcode` or `code`, as seen in the wild; nobody may branch on them. */
const TEXTS: Record<string, string> = {
  '1': 'An unknown error has occurred.',
  '1/1357046': 'Received Invalid JSON reply.',
  '2': 'Service temporarily unavailable',
  '3': 'Application does not have the capability to make this API call.',
  '4': '(#4) Application request limit reached',
  '10': 'Application does not have permission for this action',
  '10/2534022': 'This message is sent outside of allowed window.',
  '10/2018278': 'This message is sent outside of allowed window.',
  '10/2018108': 'This person is not available right now.',
  '10/2534077': 'The link between the Page, the Instagram account and the user cannot be verified.',
  '10/1893063': 'Your Page is temporarily restricted from sending messages.',
  '17': '(#17) User request limit reached',
  '32': '(#32) Page request limit reached',
  '100': 'Invalid parameter',
  '100/2018001': 'No matching user found.',
  '100/2018008': 'Failed to fetch the file from the url. Upload attachment failure.',
  '100/2018014': 'Cannot send a message and a sender action together.',
  '100/2018047': 'The uploaded file does not match the attachment type.',
  '100/2018074': 'Invalid attachment id.',
  '100/2018109': 'The attachment size exceeds the allowable limit.',
  '100/2018294': 'The video could not be fetched in time.',
  '100/2534001': 'The thread was archived or deleted by its owner.',
  '100/2534013': 'The Page is not linked to an Instagram account.',
  '100/2534014': 'The requested user cannot be found.',
  '100/2534015': 'The message content is not allowed for this message type.',
  '100/2534025': 'The comment is not valid for a private reply.',
  '100/2534029': 'The business is blocked from the Instagram messaging API.',
  '100/2534037': 'The app is not the owner of the thread.',
  '102': 'Session key invalid or no longer valid',
  '190': 'Invalid OAuth access token.',
  '190/458': 'Error validating access token: The user has not authorized application.',
  '190/459':
    'Error validating access token: You cannot access the app till you log in and follow the instructions given.',
  '190/460':
    'Error validating access token: The session has been invalidated because the user changed their password or Facebook has changed the session for security reasons.',
  '190/464':
    'Error validating access token: Sessions for the user are not allowed because the user is not a confirmed user.',
  '190/467': 'Error validating access token: The session is invalid because the user logged out.',
  '190/492': 'Error validating access token: The user does not have a role on the Page.',
  '190/493': 'The user has not engaged the app in longer than 90 days.',
  '200': '(#200) Permissions error',
  '200/1545041': 'Message failed to send because the person is not available.',
  '200/2534041': 'The account owner has disabled access to messages for connected tools.',
  '230': 'User consent is required to access user profile.',
  '341': 'Application limit reached',
  '368': 'The action attempted has been deemed abusive or is otherwise disallowed',
  '551': 'This person isn’t available right now.',
  '613': '(#613) Calls to this api have exceeded the rate limit.',
  '613/2534040': 'The rate limit of the Instagram API was exceeded.',
  '80002': '(#80002) There have been too many calls to this Instagram account.',
  '80006': '(#80006) There have been too many calls to this Messenger account.',
  '9010': 'No matching Instagram user',
  '2018300': 'Another app is controlling this thread now.',
  '9000001': 'This message has been deleted.',
}

const TRANSIENT = new Set([1, 2, 4, 17, 32, 341, 613, 80001, 80002, 80006])

const STATUS: Record<string, number> = { '200': 403, '9010': 401 }

/** Fills in from the catalogue what the caller leaves out. */
export function refusal(
  code: number,
  details: Omit<RefusalDetails, 'message'> & { message?: string | undefined } = {},
): GraphRefusal {
  const { subcode } = details
  const key = subcode === undefined ? String(code) : `${code}/${subcode}`
  return new GraphRefusal(code, {
    ...details,
    message: details.message ?? TEXTS[key] ?? TEXTS[String(code)] ?? 'An error occurred',
    status: details.status ?? STATUS[String(code)],
    isTransient: details.isTransient ?? (TRANSIENT.has(code) ? true : undefined),
  })
}

/** Object not there, or not for this token: Graph does not say which. */
export const missingObject = (id: string, verb: string): GraphRefusal =>
  refusal(100, {
    subcode: 33,
    message: `Unsupported ${verb.toLowerCase()} request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation`,
  })

/** Meta's odd way to say that the app is not authorized for the account. */
export const unauthorizedApp = (verb: string): GraphRefusal =>
  refusal(100, {
    message: `Unsupported request - method type: ${verb.toLowerCase()}`,
    type: 'IGApiException',
  })
