import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { RelayError } from './relay-error.ts'

/** Milliseconds that a peer may take; the bounds that Node has by default are minutes. */
const TIMEOUTS = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 2_000,
} as const

/** A server that gives slow and idle requests an end. */
export const createHttpServer = (): Server =>
  createServer({
    ...TIMEOUTS,
    maxHeaderSize: 16 * 1024,
    // W6 answers a request without Host itself, with 403.
    requireHostHeader: false,
  })

/** Resolves with what the server listens on, also where it does so already. Rejects with a {@link RelayError}. */
export const listenOn = async (
  server: Server,
  port: number,
  host: string,
): Promise<{ readonly port: number; readonly host: string }> => {
  if (!server.listening) {
    await new Promise<void>((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException): void => reject(explained(error, port, host))
      server.once('error', failed)
      server.listen(port, host, () => {
        server.off('error', failed)
        resolve()
      })
    })
  }
  const address = server.address()
  if (address === null || typeof address === 'string') {
    throw new RelayError('cannot-listen', 'The relay needs a server that listens on a TCP port.')
  }
  return { port: address.port, host: address.address }
}

const explained = (cause: NodeJS.ErrnoException, port: number, host: string): RelayError => {
  if (cause.code === 'EADDRINUSE') {
    const sentence = `Port ${port} on ${host} is taken; choose another one with --port.`
    return new RelayError('port-taken', sentence, { cause })
  }
  if (cause.code === 'EACCES') {
    const sentence = `This user may not listen on port ${port}; choose another one with --port.`
    return new RelayError('port-forbidden', sentence, { cause })
  }
  const sentence = `The relay cannot listen on ${host}, port ${port}: ${cause.code ?? cause.message}.`
  return new RelayError('cannot-listen', sentence, { cause })
}

export const stopListening = async (server: Server): Promise<void> => {
  if (!server.listening) return
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
