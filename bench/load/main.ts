import { CALLS } from './calls.ts'
import type { CallName } from './calls.ts'

/*
 * The process that load comes from. It is told what to do over the channel of Node's child processes, one call after the other, and
 * ends with its parent.
 */

type Asked = { readonly name: CallName; readonly args: readonly unknown[] }

const answer = async ({ name, args }: Asked): Promise<unknown> => {
  try {
    const call = CALLS[name] as (...args: readonly unknown[]) => Promise<unknown>
    return { result: await call(...args) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

process.on('message', (asked: Asked) => {
  void answer(asked).then((said) => process.send?.(said))
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
