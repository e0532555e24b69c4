/** Commits met together once it is calm: a first load makes hundreds in a row. */
import type { Notice } from '@/services/workspace'

const MANY = 500
const CALM_MS = 150

export class Gathered {
  readonly records = new Set<string>()
  private readonly types = new Set<string>()
  /** So much changed that all has to be read again. */
  whole = false
  private timer = 0

  constructor(private readonly meet: () => void) {}

  add(notice: Notice): void {
    notice.records.forEach((id) => this.records.add(id))
    notice.types.forEach((type) => this.types.add(type))
    this.whole ||= notice.records.length === 0 || this.records.size > MANY
    window.clearTimeout(this.timer)
    this.timer = window.setTimeout(this.meet, this.whole ? 10 * CALM_MS : CALM_MS)
  }

  get waiting(): boolean {
    return this.whole || this.records.size > 0
  }

  take(): { records: string[]; types: string[] } {
    const taken = { records: [...this.records], types: [...this.types] }
    this.clear()
    return taken
  }

  clear(): void {
    this.records.clear()
    this.types.clear()
    this.whole = false
  }
}
