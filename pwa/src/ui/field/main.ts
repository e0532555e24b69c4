/** The field app. */
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { browserPhone } from '@/services/browser'
import { applyPreferences } from '@/ui/shared/preferences'
import App from './App.vue'
import { router } from './router'
import { useSession } from './session'
import { arrowsBetweenRadios } from './radios'
import { problem } from './starting'
import { followNewerTab, keepAppOnPhone } from './update'
import 'vant/es/style/base.css'
import 'vant/es/button/index.css'
import 'vant/es/loading/index.css'
import 'vant/es/progress/index.css'
import './field.css'

async function begin(): Promise<void> {
  await applyPreferences()
  const app = createApp(App).use(createPinia())
  followNewerTab()
  if (window.isSecureContext) await useSession().begin(browserPhone()).catch((fault: Error) => (problem.value = fault.name))
  arrowsBetweenRadios()
  app.use(router).mount('#app')
  await keepAppOnPhone()
}

void begin()
