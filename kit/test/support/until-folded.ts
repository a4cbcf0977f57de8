import type { Base } from '../../ports.ts'
import type { TestPage } from './page.ts'
import { poll } from './poll.ts'

/** Resolves with what a page's device has folded, once it has folded anything. */
export const untilFolded = async ({ storage, room }: TestPage): Promise<Base> => {
  let base: Base | undefined
  const look = (): Promise<boolean> =>
    new Promise((resolve) =>
      storage.load(room.name as never, (result) => {
        base = result.ok ? result.value.base : undefined
        resolve(base !== undefined)
      }),
    )
  await poll(look, 'something is folded')
  return base!
}
