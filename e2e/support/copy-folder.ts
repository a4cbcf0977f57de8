import { cp, lstat } from 'node:fs/promises'

/** All of a data folder but the socket that a killed relay has left in it, which Node's `cp` refuses to copy. */
export const copyFolder = (from: string, to: string): Promise<void> =>
  cp(from, to, {
    recursive: true,
    filter: async (path) => !(await lstat(path)).isSocket(),
  })
