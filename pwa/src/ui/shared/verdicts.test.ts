import { describe, expect, it } from 'vitest'
import type { ItemState } from '@/services/workspace'
import { outcomeInWords, problemInWords, reasonInWords, toneOf } from './verdicts'

/** Every reason of PROTOCOL §3.3 and every decision of an office. */
const REASONS: Record<string, string[]> = {
  merged: ['parallel', 'same', 'as_comment', 'as_evidence', 'settled_current', 'settled_incoming', 'settled_other', 'settled_keep', 'settled_delete', 'settled_merge', 'settled_same', 'settled_apply', 'settled_drop'],
  conflict: ['field', 'delete_vs_edit', 'delete_has_children', 'duplicate'],
  parked: ['missing_parent', 'missing_record', 'deleted_record', 'needs_office', 'illegal_transition', 'late_scope', 'moved_meanwhile', 'already_resolved', 'group'],
  quarantined: ['invalid', 'forbidden', 'unknown_type', 'too_large', 'crashed', 'device_revoked', 'account_disabled', 'group'],
}

describe('what became of a change', () => {
  it('has a sentence for every reason the server may give', () => {
    for (const [state, reasons] of Object.entries(REASONS)) {
      for (const reason of reasons) expect(reasonInWords({ state: state as ItemState, reason, message: null }), reason).not.toContain(reason)
    }
  })
  it('shows the code of a reason that a newer server gives, and promises nothing', () => {
    expect(reasonInWords({ state: 'parked', reason: 'brand_new', message: null })).toContain('brand_new')
  })
  it('says that the community decided, not that something was merged', () => {
    expect(outcomeInWords({ state: 'merged', reason: 'settled_current' })).not.toBe(outcomeInWords({ state: 'merged', reason: 'parallel' }))
  })
  it('is red only where it was not accepted', () => {
    expect((['unsent', 'sent', 'merged', 'conflict', 'parked', 'quarantined'] as ItemState[]).filter((state) => toneOf(state) === 'urgent')).toEqual(['quarantined'])
  })
})

it('a problem is told in words with its numbers, an unknown one without a code', () => {
  expect(problemInWords({ code: 'throttled', params: { retry_after: 30 } })).toContain('30')
  expect(problemInWords(new Error('boom'))).not.toContain('boom')
})
