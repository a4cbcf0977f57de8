/** `cut`: links end, and none is made. `silent`: both ends believe in their links, and nothing comes through. */
export type PeerFault = 'none' | 'cut' | 'silent'

/** The part of a platform's RTCPeerConnection that is broken here. */
type Connection = {
  createDataChannel: (label: string, options?: object) => object
  setLocalDescription: (...parameters: never[]) => Promise<void>
}
type Channel = EventTarget & { send: (data: never) => void; close: () => void }

/** What goes wrong with the direct links of one page, from outside. */
export class PeerFaults {
  readonly #channels = new Set<Channel>()
  readonly #listeners = new Set<(fault: PeerFault) => void>()
  #fault: PeerFault = 'none'

  get fault(): PeerFault {
    return this.#fault
  }

  set(fault: PeerFault): void {
    if (fault === this.#fault) return
    this.#fault = fault
    if (fault === 'cut') for (const channel of this.#channels) channel.close()
    for (const listener of this.#listeners) listener(fault)
  }

  /** Calls `listener` after each change; returns how to stop. */
  subscribe(listener: (fault: PeerFault) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Breaks what comes through a channel as long as it is open. */
  watch(channel: Channel): void {
    this.#channels.add(channel)
    channel.addEventListener('close', () => this.#channels.delete(channel))
    // It hears first: nobody else knows of the channel yet.
    channel.addEventListener('message', (event) => {
      if (this.#fault === 'silent') event.stopImmediatePropagation()
    })
    const send = channel.send.bind(channel)
    channel.send = (data) => {
      if (this.#fault !== 'silent') send(data)
    }
  }
}

/**
 * A class like `Given`, the platform's RTCPeerConnection, whose links `faults` breaks; undefined where the platform has none. For
 * `OpenRoomOptions.RTCPeerConnection`.
 */
export const faultyPeerConnection = (
  Given: (new (configuration?: object) => object) | undefined,
  faults: PeerFaults,
): (new (configuration?: object) => object) | undefined => {
  if (Given === undefined) return undefined
  const Platform = Given as new (configuration?: object) => Connection
  return class extends Platform {
    override createDataChannel = (label: string, options?: object): object => {
      const channel = super.createDataChannel(label, options)
      faults.watch(channel as Channel)
      return channel
    }

    override setLocalDescription = async (...parameters: never[]): Promise<void> => {
      if (faults.fault === 'cut') throw new Error('Direct links are cut.')
      await super.setLocalDescription(...parameters)
    }
  }
}
