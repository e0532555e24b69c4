/** A link that fails on purpose, at named requests, a counted number of times. */

export interface Fault {
  /** Part of the request's path, e.g. "/sync/push". */
  path: string
  /**
   * request: lost on the way there · answer: the server did it, nobody hears · cut: the body ends at half ·
   * portal: 200 with somebody's login page · twice: sent two times at once · status: answered with `status`.
   * shorter: the answer's list `list` lacks its last · says: the answer has the members of `says` instead of its own.
   */
  how: 'request' | 'answer' | 'cut' | 'portal' | 'twice' | 'status' | 'shorter' | 'says'
  times: number
  status?: number
  list?: string
  says?: Record<string, unknown>
}

const html = { headers: { 'content-type': 'text/html' } }

async function half(answer: Response): Promise<Response> {
  const text = await answer.text()
  return new Response(text.slice(0, Math.floor(text.length / 2)), { status: answer.status, headers: answer.headers })
}

async function changed(answer: Response, fault: Fault): Promise<Response> {
  const body = (await answer.json()) as Record<string, unknown>
  const short = fault.list ? { [fault.list]: (body[fault.list] as unknown[]).slice(0, -1) } : {}
  const headers = { 'content-type': 'application/json' }
  return new Response(JSON.stringify({ ...body, ...short, ...fault.says }), { status: answer.status, headers })
}

/** `faults` may be changed while the link is in use. */
export function faultyFetch(inner: typeof fetch, faults: Fault[]): typeof fetch {
  return async (input, init) => {
    const hit = faults.find((fault) => fault.times > 0 && String(input).includes(fault.path))
    if (!hit) return inner(input, init)
    hit.times -= 1
    if (hit.how === 'request') throw new TypeError('lost on the way there')
    if (hit.how === 'portal') return new Response('<html>log in to the network</html>', html)
    if (hit.how === 'status') return new Response('', { status: hit.status ?? 503 })
    if (hit.how === 'twice') return (await Promise.all([inner(input, init), inner(input, init)]))[1]
    const answer = await inner(input, init)
    if (hit.how === 'cut') return half(answer)
    if (hit.how === 'shorter' || hit.how === 'says') return changed(answer, hit)
    await answer.arrayBuffer()
    throw new TypeError('lost on the way back')
  }
}
