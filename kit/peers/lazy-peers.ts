import type { PeerCall, PeerCallEvents, Peers } from '../ports.ts'

/** Links whose code is loaded with the first of them: an app that asks for none does not carry it. */
export const lazyPeers = (load: () => Promise<Peers>): Peers => {
  const begin = (events: PeerCallEvents, start: (peers: Peers) => PeerCall): PeerCall => {
    let call: PeerCall | undefined
    let isOver = false
    const over = (): void => {
      if (isOver) return
      isOver = true
      queueMicrotask(() => events.closed(false))
    }
    // Where it cannot be loaded the attempt came to nothing; the next one tries again.
    load().then((peers) => {
      if (!isOver) call = start(peers)
    }, over)
    return {
      answered: (text) => call?.answered(text),
      send: (bytes) => call?.send(bytes) ?? false,
      close: () => (call === undefined ? over() : call.close()),
    }
  }
  return {
    call: (servers, events) => begin(events, (peers) => peers.call(servers, events)),
    answer: (servers, text, events) =>
      begin(events, (peers) => peers.answer(servers, text, events)),
  }
}
