/** An opening tag, with quoted values that may hold anything. */
const TAG = /<[a-z](?:"[^"]*"|'[^']*'|[^"'>])*>/gi
/** What the page's content policy blocks wherever HTML is read, with a complaint in the console for each. */
const INLINE_CODE = /\s(?:style|on[a-z]+)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+)/gi
const INLINE_PARTS = /<(style|script)\b[\s\S]*?<\/\1\s*>/gi

/**
 * Pasted HTML without styles and handlers, which would be blocked anyway. That is for quiet alone: what may come into the
 * document is decided by the editor's schema.
 */
export const withoutInlineCode = (html: string): string =>
  html.replace(INLINE_PARTS, '').replace(TAG, (tag) => tag.replace(INLINE_CODE, ''))
