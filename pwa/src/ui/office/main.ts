import { createApp, h } from 'vue'

createApp({ render: () => h('main', '社区办公') }).mount('#app')
