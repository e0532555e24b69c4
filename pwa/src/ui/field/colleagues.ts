/** Names of colleagues, from the cards that the community's scope delivers to this phone. */
import type { Workspace } from '@/services/workspace'
import { colleagues } from '@/ui/shared/people'
import { useLive } from './live'

/** Keeps the names fresh while the calling component lives. */
export function followColleagues(): void {
  useLive(['user_card'], async (work: Workspace) => {
    const cards = await work.list('user_card')
    colleagues.value = new Map(cards.map((card) => [String(card.data.user ?? ''), String(card.data.name ?? '')]))
  })
}
