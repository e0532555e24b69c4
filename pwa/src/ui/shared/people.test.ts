/** Who is behind an id. */
import { expect, it } from 'vitest'
import { colleagues, me, personOf } from './people'

it('an id is oneself, a colleague by name, or nobody that this phone knows', () => {
  me.value = 'a'
  colleagues.value = new Map([['b', '李敏']])
  expect(['a', 'b', 'c'].map(personOf)).toEqual(['我', '李敏', ''])
})
