// @vitest-environment happy-dom
/** What a second press of "save" covers. */
import { expect, it } from 'vitest'
import { useLooking } from './looking'

const doubt = (field: string, value: unknown) => ({ field, value })

it('a second press saves what was shown as doubtful, and asks again about what was not', () => {
  const look = useLooking()
  expect(look({ bad: [], doubtful: [doubt('phone', '12345')] })).toBe(false)
  expect(look({ bad: [], doubtful: [doubt('phone', '123')] })).toBe(false)
  expect(look({ bad: [], doubtful: [doubt('phone', '123'), doubt('birth_date', '2030-01-01')] })).toBe(false)
  expect(look({ bad: [], doubtful: [doubt('phone', '123'), doubt('birth_date', '2030-01-01')] })).toBe(true)
  expect(look({ bad: [], doubtful: [doubt('phone', '123')] })).toBe(true)
})

it('a doubt beside a fault is asked about once the fault is gone', () => {
  const look = useLooking()
  expect(look({ bad: ['name'], doubtful: [doubt('phone', '12345')] })).toBe(false)
  expect(look({ bad: [], doubtful: [doubt('phone', '12345')] })).toBe(false)
  expect(look({ bad: [], doubtful: [doubt('phone', '12345')] })).toBe(true)
})
