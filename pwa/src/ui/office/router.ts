/** Addresses of the office. What a list shows is part of the address: it can be kept and sent on. */
import { createRouter, createWebHistory } from 'vue-router'
import RescuePage from './pages/RescuePage.vue'
import ReviewPage from './pages/ReviewPage.vue'

export const router = createRouter({
  history: createWebHistory('/office/'),
  routes: [
    { path: '/rescue', name: 'rescue', component: RescuePage },
    { path: '/review', name: 'review', component: ReviewPage },
    { path: '/:rest(.*)*', redirect: { name: 'review' } },
  ],
})
