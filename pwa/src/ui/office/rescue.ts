/** Taking in rescue files: read here, opened by nobody but the server. */
import { Fault, sendRescue, type Rescued } from './api'

interface File_ {
  format: string
  version: number
  parts: object[]
}

function read(text: string): File_ {
  try {
    const file = JSON.parse(text) as Partial<File_> | null
    if (file?.format === 'grid-rescue' && typeof file.version === 'number' && Array.isArray(file.parts)) return file as File_
  } catch {
    // told below
  }
  throw new Fault('no_rescue')
}

/** Sums of all parts. A fault half-way leaves the parts before it taken in: bringing the file again is safe. */
export async function takeIn(text: string): Promise<Rescued> {
  const { format, version, parts } = read(text)
  const sum: Rescued = { changes: 0, known: 0, verdicts: {}, photos: { stored: 0, known: 0, refused: 0 } }
  for (const part of parts) {
    const told = await sendRescue({ ...part, format, version })
    sum.changes += told.changes
    sum.known += told.known
    for (const [status, n] of Object.entries(told.verdicts)) sum.verdicts[status] = (sum.verdicts[status] ?? 0) + n
    for (const outcome of ['stored', 'known', 'refused'] as const) sum.photos[outcome] += told.photos[outcome]
  }
  return sum
}
