import { expect, it } from 'vitest'
import { mayReview, type Catalog } from './catalog'

const roles = { worker: { code: 'GW', may: ['history'] }, clerk: { code: 'CC', may: ['history', 'review'] }, old: { code: 'XX' } }
const catalog: Catalog = { schema: 1, min_schema: 1, types: {}, workflow: {}, roles }

it('the review desk opens to whoever has one role that may review', () => {
  expect(mayReview(catalog, ['worker', 'clerk'])).toBe(true)
  expect(mayReview(catalog, ['worker', 'old', 'unknown'])).toBe(false)
  expect(mayReview(null, ['clerk'])).toBe(false)
})
