/** Gives the store another module where it imports `lmdb`. */
export const resolve = (specifier, context, next) =>
  specifier === 'lmdb' && context.parentURL?.includes('/relay/stores/')
    ? next(new URL('swapped-lmdb.mjs', import.meta.url).href, context)
    : next(specifier, context)
