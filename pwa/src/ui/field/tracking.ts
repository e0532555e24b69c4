/**
 * The track of one patrol: off until its walker turns it on, on this phone only, for that patrol only, and only while
 * the app is shown. What is known of it outside the sealed store is the id of the patrol.
 */
import { shallowReactive } from 'vue'
import { keepAwake } from '@/adapters/awake'
import { followPlace } from '@/adapters/location'
import { Track, type Break, type Piece } from '@/core/track'
import type { RecordView, Workspace } from '@/services/workspace'
import { attempt } from './snackbar'

const KEY = 'grid.track'

/** `patrol`: whose track is on, null while none is. */
export const tracking = shallowReactive<{ patrol: string | null }>({ patrol: null })

interface Running {
  work: Workspace
  patrol: RecordView
  track: Track
  stop: () => void
}
let running: Running | null = null

export function isWalked(patrol: RecordView | null): boolean {
  return patrol?.data.status === 'running'
}

/** Turns the track of a patrol on. */
export function beginTrack(work: Workspace, patrol: RecordView): void {
  endTrack()
  localStorage.setItem(KEY, patrol.id)
  tracking.patrol = patrol.id
  running = { work, patrol, track: new Track(), stop: () => undefined }
  document.addEventListener('visibilitychange', follow)
  follow()
}

/** Turns it off; what was recorded is kept. `why` begins the piece that may come after. */
export function endTrack(why: Break = 'paused'): void {
  if (!running) return
  pause(why)
  document.removeEventListener('visibilitychange', follow)
  localStorage.removeItem(KEY)
  tracking.patrol = null
  running = null
}

/** After a reload: goes on with the track that was on, if its patrol still runs. */
export async function resumeTrack(work: Workspace): Promise<void> {
  const id = localStorage.getItem(KEY)
  const patrol = id ? await work.view(id) : null
  if (patrol && isWalked(patrol)) beginTrack(work, patrol)
  else localStorage.removeItem(KEY)
}

function follow(): void {
  if (!running) return
  if (document.visibilityState !== 'visible') return pause('hidden')
  const now = running
  const sleep = keepAwake()
  const leave = followPlace(({ at, point }) => keep(now, now.track.take({ at, lon: point.lon, lat: point.lat, accuracy_m: String(point.accuracy_m ?? '') })))
  now.stop = () => {
    leave()
    sleep()
  }
}

function pause(why: Break): void {
  if (!running) return
  running.stop()
  keep(running, running.track.end(why))
}

function keep({ work, patrol }: Running, piece: Piece | null): void {
  if (piece) void attempt(() => work.create('track', { patrol: patrol.id, ...piece }, { scope: patrol.scope }))
}
