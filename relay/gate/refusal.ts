/** `malformed-update`: no update in Yjs' format V1. `poisonous-update`: one that would hurt whoever applies it. Both are for good. */
export type RefusalCode = 'malformed-update' | 'poisonous-update'

export type Refusal = { readonly code: RefusalCode; readonly sentence: string }

/** Thrown inside a walk and caught by it: it never leaves this folder. */
export class Refused extends Error {
  readonly code: RefusalCode

  constructor(code: RefusalCode, sentence: string) {
    super(sentence)
    this.code = code
  }
}

export const malformed = (sentence: string): Refused => new Refused('malformed-update', sentence)
export const poisonous = (sentence: string): Refused => new Refused('poisonous-update', sentence)
