import { formatFaultPlan } from '../../kit/testing/index.ts'
import type { FaultPlan } from '../../kit/testing/index.ts'

const IS_FAULT = /^fault\./

/**
 * The address with this plan in it. All that is no fault stays as it was written. A plan without faults and with seed 0 needs
 * no words.
 */
export const addressWithPlan = (address: string, plan: FaultPlan): string => {
  const url = new URL(address)
  const others = url.search
    .slice(1)
    .split('&')
    .filter((part) => part !== '' && !IS_FAULT.test(decodedName(part)))
  const faults = formatFaultPlan(plan)
  if (faults !== 'fault.seed=0') others.push(faults)
  url.search = others.join('&')
  return url.href
}

/** The name as whoever reads the address would have it: `fault%2Eseed` is a fault too. */
const decodedName = (part: string): string => [...new URLSearchParams(part).keys()][0] ?? ''
