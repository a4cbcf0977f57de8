/** Holdfast in Node: the same kit over the `ws` package. */
export { nodeWebSocket } from './adapters/node-websocket.ts'
export * from './index.ts'
