/** The office's desk. */
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { applyPreferences } from '@/ui/shared/preferences'
import App from './App.vue'
import { router } from './router'
import 'element-plus/es/components/base/style/css'
import 'element-plus/es/components/button/style/css'
import 'element-plus/es/components/input/style/css'
import 'element-plus/es/components/select/style/css'
import 'element-plus/es/components/skeleton/style/css'
import './office.css'

async function begin(): Promise<void> {
  await applyPreferences()
  createApp(App).use(createPinia()).use(router).mount('#app')
}

void begin()
