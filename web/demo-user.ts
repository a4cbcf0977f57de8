const NAMES = {
  left: ['Ada', 'Alan', 'Barbara', 'Edsger', 'Frances', 'Grace', 'Hedy', 'Joan'],
  right: ['Karen', 'Ken', 'Leslie', 'Margaret', 'Niklaus', 'Radia', 'Sophie', 'Tim'],
} as const

export type Side = keyof typeof NAMES

/**
 * A name for the person on one side, the same after a reload: what a browser has not sent yet belongs to its user. Where
 * nothing can be kept, it is the first of the list.
 */
export const demoUser = (side: Side): string => {
  const names: readonly string[] = NAMES[side]
  const key = `holdfast-demo/${side}`
  try {
    const kept = localStorage.getItem(key)
    if (kept !== null && names.includes(kept)) return kept
    const [random = 0] = crypto.getRandomValues(new Uint8Array(1))
    const name = names[random % names.length]!
    localStorage.setItem(key, name)
    return name
  } catch {
    // Storage is forbidden or full, and then no outbox outlives the page either.
    return names[0]!
  }
}
