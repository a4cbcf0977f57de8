/**
 * A copy of plain data in which all bytes are in buffers of their own, and these buffers: between threads a view would take the whole
 * buffer behind it along, say a page of the store for one record.
 */
export const ownBytes = <Value>(value: Value): { value: Value; buffers: ArrayBuffer[] } => {
  const buffers: ArrayBuffer[] = []
  const copy = (part: unknown): unknown => {
    if (part instanceof Uint8Array) {
      const bytes = new Uint8Array(part)
      buffers.push(bytes.buffer)
      return bytes
    }
    if (Array.isArray(part)) return part.map(copy)
    if (typeof part !== 'object' || part === null || ArrayBuffer.isView(part)) return part
    if (Object.getPrototypeOf(part) !== Object.prototype) return part
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, copy(inner)]))
  }
  return { value: copy(value) as Value, buffers }
}
