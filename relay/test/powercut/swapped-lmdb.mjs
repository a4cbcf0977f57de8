import { open as openAsAsked } from 'lmdb'

export const open = (options) =>
  openAsAsked({ ...options, ...JSON.parse(process.env.HOLDFAST_LMDB_OPTIONS) })
