const asked = new URLSearchParams(location.search)

/** Of the relay: what `npm start` prints, unless the page's address says another: `?relay=ws://127.0.0.1:9000`. */
export const relay = asked.get('relay') ?? 'ws://127.0.0.1:8787'

/** Of a Hocuspocus server, for the example that comes from there. */
export const hocuspocus = asked.get('hocuspocus') ?? 'ws://127.0.0.1:1234'
