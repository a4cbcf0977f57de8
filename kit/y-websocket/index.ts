/** The provider of y-websocket 3, with Holdfast behind it: `import { WebsocketProvider } from 'holdfast/y-websocket'`. */
export { WebsocketProvider } from './websocket-provider.ts'
export type { WebsocketProviderEvents, WebsocketProviderOptions } from './websocket-provider.ts'
