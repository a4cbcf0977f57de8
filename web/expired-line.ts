/** What a page says of a room whose older events were too old to be kept; undefined where it has them all. */
export const expiredSentence = (expiredEvents: number): string | undefined => {
  if (expiredEvents === 0) return undefined
  const events = expiredEvents === 1 ? 'event is' : 'events are'
  return `${expiredEvents.toLocaleString('en')} older ${events} not kept in this room any more.`
}
