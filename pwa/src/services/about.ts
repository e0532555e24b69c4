/** `GET /api/v1/about`: what the app says about the deployment it works for. */
import { httpOver } from '../adapters/http'

export interface About {
  /** Empty: none. */
  filing_number: string
  track_days: number
}

/** null where the server cannot be reached, or somebody else answers in its place. */
export async function readAbout(fetching: typeof fetch = (input, init) => fetch(input, init)): Promise<About | null> {
  const http = httpOver({ origin: '', fetch: fetching, timeout: 15_000, silence: 15_000, gzip: false })
  try {
    const { status, body } = await http.send({ method: 'GET', path: '/about', auth: { cookie: true } })
    return status === 200 ? aboutOf(body) : null
  } catch {
    return null
  }
}

function aboutOf(body: unknown): About | null {
  const { filing_number, track_days } = (body ?? {}) as Partial<About>
  return typeof filing_number === 'string' && typeof track_days === 'number' ? { filing_number, track_days } : null
}
