import type { IncomingMessage, ServerResponse } from 'node:http'

const BODY_BYTES_MAX = 1_048_576

/** One request, read whole. `path` is what follows the pretended host. */
export type Call = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly method: string
  readonly path: readonly string[]
  readonly query: URLSearchParams
  readonly body: string
}

export async function readBody(request: IncomingMessage): Promise<string> {
  if (request.method === 'GET') return ''
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > BODY_BYTES_MAX) reject(new Error('body too large'))
    })
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    request.on('error', reject)
    request.on('close', () => reject(new Error('cut while it was read')))
  })
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

/** Graph's shape of an error. */
export function answerGraphError(
  response: ServerResponse,
  status: number,
  error: { message: string; type?: string; code: number; subcode?: number; transient?: boolean },
): void {
  answerJson(response, status, {
    error: {
      message: error.message,
      type: error.type ?? 'OAuthException',
      code: error.code,
      ...(error.subcode === undefined ? {} : { error_subcode: error.subcode }),
      ...(error.transient === undefined ? {} : { is_transient: error.transient }),
      fbtrace_id: 'AStandInTrace',
    },
  })
}
