import type { TabChannels } from '../ports.ts'

type Broadcast = new (name: string) => BroadcastChannel

/**
 * Pages of one origin and browser profile, by BroadcastChannel. `namespace`: the one that separates what is stored. Undefined where
 * the platform has no such channel.
 */
export const broadcastTabs = (
  namespace: string,
  Channel: Broadcast | undefined = globalThis.BroadcastChannel,
): TabChannels | undefined => {
  if (Channel === undefined) return undefined
  return {
    open: (name, message) => {
      const channel = new Channel(`holdfast/tabs/${namespace}/${name}`)
      // In Node an open channel would keep the process.
      ;(channel as { unref?: () => void }).unref?.()
      let isOpen = true
      channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        // What is no bytes is as good as empty ones: counted, and nothing more.
        if (isOpen) message(data instanceof Uint8Array ? data : new Uint8Array())
      })
      return {
        post: (bytes) => {
          if (isOpen) channel.postMessage(bytes)
        },
        close: () => {
          isOpen = false
          channel.close()
        },
      }
    },
  }
}
