/**
 * Routes of the field app. Addresses live behind `#`, so the server and the service worker know one page, `/`.
 * First screens are in the first load; the rest comes from the phone's own cache when asked for.
 */
import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router'
import { parse, stringify } from './addresses'
import LoginPage from './pages/LoginPage.vue'
import TodayPage from './pages/TodayPage.vue'
import { useSession } from './session'
import { expectHeading } from './heading'
import { say } from './snackbar'
import { t } from '@/ui/shared/i18n'

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'today', component: TodayPage, meta: { tabs: true } },
  { path: '/login', name: 'login', component: LoginPage, meta: { open: true } },
  { path: '/unlock', name: 'unlock', component: () => import('./pages/UnlockPage.vue'), meta: { open: true } },
  { path: '/pin', name: 'pin', component: () => import('./pages/PinPage.vue') },
  { path: '/households', name: 'households', component: () => import('./pages/HouseholdsPage.vue'), meta: { tabs: true } },
  { path: '/households/new', name: 'household-new', component: () => import('./pages/NewHouseholdPage.vue') },
  { path: '/households/:id', name: 'household', component: () => import('./pages/HouseholdPage.vue'), props: true },
  { path: '/households/:id/visit', name: 'visit', component: () => import('./pages/VisitPage.vue'), props: true },
  { path: '/households/:id/resident', name: 'resident-new', component: () => import('./pages/NewResidentPage.vue'), props: true },
  { path: '/households/:id/move-out', name: 'move-out', component: () => import('./pages/MoveOutPage.vue'), props: true },
  { path: '/households/:id/split', name: 'split', component: () => import('./pages/SplitPage.vue'), props: true },
  { path: '/households/:id/merge', name: 'merge', component: () => import('./pages/MergePage.vue'), props: true },
  { path: '/records/:id', name: 'record', component: () => import('./pages/RecordPage.vue'), props: true },
  { path: '/records/:id/edit', name: 'edit', component: () => import('./pages/EditPage.vue'), props: true },
  { path: '/records/:id/history', name: 'history', component: () => import('./pages/HistoryPage.vue'), props: true },
  { path: '/report', name: 'report', component: () => import('./pages/ReportPage.vue'), meta: { tabs: true } },
  { path: '/issues', name: 'issues', component: () => import('./pages/IssuesPage.vue') },
  { path: '/issues/:id', name: 'issue', component: () => import('./pages/IssuePage.vue'), props: true },
  { path: '/map', name: 'map', component: () => import('./pages/MapPage.vue') },
  { path: '/patrol', name: 'patrol', component: () => import('./pages/PatrolPage.vue'), meta: { tabs: true } },
  { path: '/patrol/:id', name: 'patrol-run', component: () => import('./pages/PatrolRunPage.vue'), props: true },
  { path: '/sync', name: 'sync', component: () => import('./pages/SyncPage.vue') },
  { path: '/phone', name: 'phone', component: () => import('./pages/PhonePage.vue') },
  { path: '/about', name: 'about', component: () => import('./pages/AboutPage.vue') },
  { path: '/me', name: 'me', component: () => import('./pages/MePage.vue'), meta: { tabs: true } },
  { path: '/:rest(.*)', redirect: '/' },
]

export const router = createRouter({
  history: createWebHashHistory(),
  routes,
  parseQuery: parse,
  stringifyQuery: stringify,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

/** A page that is not on the phone yet, and no network to fetch it: the link would seem dead. */
router.onError((problem) => {
  console.error(problem)
  say(t('page.not_here'))
})

router.beforeEach((to) => {
  const session = useSession()
  if (to.meta.open) return to.name !== 'unlock' || session.waiting !== null ? undefined : { name: 'login' }
  if (!session.work) return { name: session.waiting ? 'unlock' : 'login' }
  // nothing is written here before there is a PIN: no other page has anything to show
  if (session.pin === 'first' && to.name !== 'pin') return { name: 'pin' }
})

router.afterEach((to, from) => {
  if (from.matched.length && to.fullPath !== from.fullPath) expectHeading()
})
