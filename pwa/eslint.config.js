import vue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'

const outside = (patterns, message) => ['error', { patterns: [{ group: patterns, message }] }]

export default tseslint.config(
  { ignores: ['dist', 'node_modules', '*.config.js'] },
  ...tseslint.configs.recommended,
  ...vue.configs['flat/essential'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
  },
  {
    rules: {
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 50 }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'vue/multi-word-component-names': 'off',
      'no-undef': 'off',
    },
  },
  { files: ['**/*.test.ts', 'tests/**'], rules: { 'max-lines': ['error', { max: 400 }], 'max-lines-per-function': 'off' } },
  {
    // core decides and touches nothing: the world comes in through ports
    files: ['src/core/**/*.ts'],
    ignores: ['src/core/**/*.test.ts'],
    rules: {
      'no-restricted-imports': outside(
        ['vue', 'vue-router', 'pinia', 'idb', 'vant', 'element-plus', 'node:*', '**/adapters/**', '**/services/**', '**/ui/**'],
        'core imports nothing but core',
      ),
      'no-restricted-globals': [
        'error', 'window', 'document', 'navigator', 'location', 'localStorage', 'sessionStorage', 'indexedDB', 'fetch',
        'Date', 'crypto', 'setTimeout', 'setInterval', 'clearTimeout', 'performance', 'XMLHttpRequest', 'caches', 'self',
        'globalThis', 'process',
      ],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'randomness comes in as a port' }],
    },
  },
  {
    files: ['src/adapters/**/*.ts'],
    rules: { 'no-restricted-imports': outside(['vue', '**/services/**', '**/ui/**'], 'adapters know core alone') },
  },
  {
    files: ['src/services/**/*.ts'],
    rules: { 'no-restricted-imports': outside(['vue', 'vant', 'element-plus', '**/ui/**'], 'services know core and adapters') },
  },
  {
    files: ['src/ui/field/**', 'src/ui/fields/**', 'src/ui/shared/**'],
    rules: { 'no-restricted-imports': outside(['element-plus', 'element-plus/*', '**/ui/office/**', '**/office/**'], 'the field app never imports the office') },
  },
  {
    files: ['src/ui/office/**'],
    rules: { 'no-restricted-imports': outside(['vant', 'vant/*', '**/ui/field/**', '**/field/**'], 'the office never imports the field app') },
  },
)
