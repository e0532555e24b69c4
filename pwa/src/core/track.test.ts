import { describe, expect, it } from 'vitest'
import { PIECE_FIXES, placesOf, Track, type Piece, type TrackFix } from './track'

const BEGIN = Date.parse('2026-11-20T01:00:00.000Z')
const fix = (seconds: number, more: Partial<TrackFix> = {}): TrackFix => ({ at: BEGIN + seconds * 1_000, lon: '117.07', lat: '36.66', accuracy_m: '8', ...more })
const walk = (track: Track, ...seconds: number[]): Piece[] => seconds.flatMap((one) => track.take(fix(one)) ?? [])

describe('a track', () => {
  it('is one piece with times since its start, and takes no fix more often than every ten seconds', () => {
    const track = new Track()
    expect(walk(track, 0, 3, 12, 19, 22)).toEqual([])
    expect(track.end('paused')).toEqual({ started_at: '2026-11-20T01:00:00.000Z', after: 'start', fixes: '0,117.07,36.66,8\n12,117.07,36.66,8\n22,117.07,36.66,8' })
  })
  it('breaks where there was no fix for more than a minute, and where it was stopped, and says why', () => {
    const track = new Track()
    const [first] = walk(track, 0, 20, 100)
    expect(first?.fixes.split('\n').length).toBe(2)
    const second = track.end('hidden')
    expect([second?.after, second?.fixes]).toEqual(['no_fix', '0,117.07,36.66,8'])
    walk(track, 4_000)
    expect(track.end('paused')?.after).toBe('hidden')
  })
  it('is written down piece by piece, of which the next begins with the last fix of the one before', () => {
    const track = new Track()
    const pieces = walk(track, ...Array.from({ length: PIECE_FIXES + 5 }, (_, n) => n * 15))
    expect(pieces.map((piece) => piece.fixes.split('\n').length)).toEqual([PIECE_FIXES])
    const rest = track.end('paused')
    expect([rest?.after, rest?.fixes.split('\n').length]).toEqual(['piece', 6])
    expect(rest?.started_at).toBe(new Date(BEGIN + (PIECE_FIXES - 1) * 15_000).toISOString())
    expect(pieces[0]!.fixes.length).toBeLessThan(4_096)
  })
  it('ends with nothing where nothing new came after a full piece, or nothing came at all', () => {
    const track = new Track()
    expect(track.end('hidden')).toBeNull()
    walk(track, ...Array.from({ length: PIECE_FIXES }, (_, n) => n * 15))
    expect(track.end('hidden')).toBeNull()
  })
  it('takes no fix that is a hundred metres off', () => {
    const track = new Track()
    track.take(fix(0, { accuracy_m: '101' }))
    expect(track.end('hidden')).toBeNull()
  })
  it('is read back as places; a damaged line costs itself alone', () => {
    expect(placesOf('0,117.07,36.66,8\nx\n9,1\n20,117.08,36.67,8')).toEqual([[117.07, 36.66], [117.08, 36.67]])
  })
})
