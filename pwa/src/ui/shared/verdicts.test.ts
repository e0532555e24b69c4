import { describe, expect, it, vi } from 'vitest'
import type { ItemState } from '@/services/workspace'
import { setLocale } from './i18n'
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

it('before the last PIN the wrong one is told what another one costs, and what it does not', () => {
  const told = (left: number): string => problemInWords({ code: 'wrong_pin', params: { left } })
  expect(told(2)).toContain('2')
  expect(told(1)).toMatch(/再错一次.*清除.*待送的内容不会丢/)
})

describe('a step that met a changed state', () => {
  /** The table of the workflow, and the server's codes for what fits nowhere. */
  const MET = [
    { state: 'merged', reason: 'as_comment', action: 'report_done' },
    { state: 'merged', reason: 'as_comment', action: 'take' },
    { state: 'merged', reason: 'as_comment', action: 'verify_ok' },
    { state: 'merged', reason: 'as_comment', action: 'escalate' },
    { state: 'merged', reason: 'as_comment', action: 'void' },
    { state: 'merged', reason: 'as_evidence', action: 'report_done' },
    { state: 'parked', reason: 'illegal_transition', action: 'take', message: { code: 'state_is', state: 'closed' } },
    { state: 'parked', reason: 'illegal_transition', action: 'reopen', message: { code: 'too_late', days: 15 } },
    { state: 'parked', reason: 'illegal_transition', action: 'send_back', message: { code: 'not_with_you' } },
    { state: 'quarantined', reason: 'forbidden', action: 'verify_ok', message: { code: 'own_work' } },
    { state: 'quarantined', reason: 'forbidden', action: 'accept', message: { code: 'not_your_step' } },
    { state: 'quarantined', reason: 'forbidden', action: 'accept', message: { code: 'not_your_level' } },
    { state: 'merged', reason: 'parallel', message: { code: 'checked_before' } },
  ].map((one) => ({ message: null, ...one }) as Parameters<typeof reasonInWords>[0])
  const told = (): string[] => MET.map((one) => reasonInWords(one, (state) => `[${state}]`))

  it('is told by what was done and what it met, each in a sentence of its own, in both languages', async () => {
    vi.stubGlobal('document', { documentElement: {} })
    const zh = told()
    await setLocale('en')
    const en = told()
    await setLocale('zh-CN')
    vi.unstubAllGlobals()
    for (const words of [zh, en]) {
      expect(new Set(words).size).toBe(MET.length)
      expect(words.join()).not.toMatch(/\{\w+\}|as_comment|state_is/)
      expect(words[6]).toContain('[closed]')
      expect(words[7]).toContain('15')
    }
    expect(zh.filter((words) => en.includes(words))).toEqual([])
  })
  it('falls back to the reason where a newer server has a step of its own', () => {
    const plain = reasonInWords({ state: 'merged', reason: 'as_comment', message: null })
    expect(reasonInWords({ state: 'merged', reason: 'as_comment', message: null, action: 'brand_new' })).toBe(plain)
  })
})
