/** The field app. */
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { browserPhone } from '@/services/browser'
import { t } from '@/ui/shared/i18n'
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

/** The first start after an update may have to bring the store into a new form: an empty page would look broken. */
const PATIENT_MS = 1_500

function askForPatience(): void {
  const words = Object.assign(document.createElement('p'), { className: 'page', role: 'status', textContent: t('start.moving') })
  document.querySelector('#app')!.replaceChildren(words)
}

async function begin(): Promise<void> {
  await applyPreferences()
  const patience = window.setTimeout(askForPatience, PATIENT_MS)
  const app = createApp(App).use(createPinia())
  followNewerTab()
  if (window.isSecureContext) await useSession().begin(browserPhone()).catch((fault: Error) => (problem.value = fault.name))
  window.clearTimeout(patience)
  arrowsBetweenRadios()
  app.use(router).mount('#app')
  await keepAppOnPhone()
}

void begin()
