/** The page's own affairs: a form, a list and a line of text. */
export const showForm = (added: (item: string) => void): void => {
  const form = document.querySelector('form')!
  const input = document.querySelector('input')!
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    added(input.value)
    form.reset()
  })
}

export const showItems = (items: readonly string[]): void => {
  const lines = items.map((item) => {
    const line = document.createElement('li')
    line.textContent = item
    return line
  })
  document.querySelector('ul')!.replaceChildren(...lines)
}

export const showStatus = (sentence: string): void => {
  document.querySelector('[role=status]')!.textContent = sentence
}
