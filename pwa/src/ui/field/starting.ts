/** Why the app could not open what is on this phone: the name of the browser's error. */
import { ref } from 'vue'

export const problem = ref<string | null>(null)
