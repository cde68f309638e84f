export type NetworkAnswer = { status: number; text: string; headers: Headers }

/** The way out of the simulator: to the callback of the product, and to media it is told to fetch. */
export type Network = {
  request(
    method: 'GET' | 'POST',
    url: string,
    options: {
      headers?: Record<string, string>
      body?: Uint8Array<ArrayBuffer> | string
      signal: AbortSignal
    },
  ): Promise<NetworkAnswer>
}

const ANSWER_BYTES_MAX = 1_000_000

export function createNetwork(): Network {
  return {
    async request(method, url, { headers, body, signal }) {
      const answer = await fetch(url, {
        method,
        signal,
        redirect: 'manual',
        ...(headers && { headers }),
        ...(body !== undefined && { body }),
      })
      const text = (await answer.text()).slice(0, ANSWER_BYTES_MAX)
      return { status: answer.status, text, headers: answer.headers }
    },
  }
}
