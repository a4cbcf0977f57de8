import type { Edit } from './bundle.mjs'
export const SHORTENED: readonly Edit[]
