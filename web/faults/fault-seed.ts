import { element } from '../element.ts'
import { SEED_COUNT } from './fault-run.ts'

export type FaultSeedParts = {
  readonly begin: (seed: number) => void
  readonly seed: () => number
}

/** The seed of the run, to be repeated or changed. */
export const createFaultSeed = ({
  begin,
  seed,
}: FaultSeedParts): { readonly element: HTMLElement; readonly show: () => void } => {
  const input = element('input', {
    class: 'fault-number fault-seed-number',
    attributes: {
      type: 'number',
      inputmode: 'numeric',
      min: '0',
      max: String(SEED_COUNT - 1),
      step: '1',
      'aria-label': 'Seed',
      'aria-describedby': 'fault-seed-words fault-seed-problem',
      'data-field': 'seed',
      autocomplete: 'off',
    },
  })
  const problem = element('p', { class: 'fault-problem', attributes: { role: 'alert' } })
  problem.id = 'fault-seed-problem'
  problem.hidden = true
  const words = element('p', {
    class: 'fault-words',
    text: 'The same seed hits the same frames of a new connection: the same steps meet the same faults. A run begins with a cut and counts from 0.',
  })
  words.id = 'fault-seed-words'
  const show = (): void => {
    input.ariaInvalid = 'false'
    problem.hidden = true
    if (input.value !== String(seed())) input.value = String(seed())
  }
  input.addEventListener('change', () => {
    const typed = Number(input.value)
    const isSeed = input.value.trim() !== '' && Number.isInteger(typed)
    if (isSeed && typed >= 0 && typed < SEED_COUNT) return begin(typed)
    input.ariaInvalid = 'true'
    problem.textContent = `A seed is a whole number from 0 to ${SEED_COUNT - 1}.`
    problem.hidden = false
  })
  const again = seedButton('again', 'Same again', () => begin(seed()))
  const fresh = seedButton('new', 'New seed', () => {
    const [random = 0] = crypto.getRandomValues(new Uint32Array(1))
    begin(random)
  })
  return {
    element: element('div', { class: 'fault-seed' }, [
      element('div', { class: 'fault-seed-row' }, [
        element('span', {
          class: 'fault-part',
          text: 'seed',
          attributes: { 'aria-hidden': 'true' },
        }),
        input,
        again,
        fresh,
      ]),
      words,
      problem,
    ]),
    show,
  }
}

const seedButton = (name: string, label: string, press: () => void): HTMLElement => {
  const button = element('button', {
    class: 'button',
    text: label,
    attributes: { type: 'button', 'data-seed': name },
  })
  button.addEventListener('click', press)
  return button
}
