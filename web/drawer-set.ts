import type { Drawer } from './drawer.ts'
import { addressWithOpen, openInAddress, withOpened, withShut } from './open-drawers.ts'
import type { DrawerSpace } from './open-drawers.ts'

/** From here on there is room for a drawer on either side; style/drawer.css has the same number. */
const BOTH_SIDES = '(min-width: 80rem)'

/** The drawers of a page: which are open, in the address as well, so that a link or a reload opens the same. */
export const createDrawerSet = (
  drawers: readonly Drawer[],
): { open: (name: string) => void; shut: (name: string) => void } => {
  const wide = matchMedia(BOTH_SIDES)
  const space = (): DrawerSpace => (wide.matches ? 'both-sides' : 'one')
  let open: readonly string[] = []
  const show = (next: readonly string[]): void => {
    open = next
    for (const drawer of drawers) drawer.show(open.includes(drawer.name))
    document.documentElement.classList.toggle('has-drawer', open.length > 0)
  }
  const take = (next: readonly string[]): void => {
    show(next)
    history.replaceState(history.state, '', addressWithOpen(location.href, open))
  }
  const openOne = (name: string): void => {
    take(withOpened(open, name, drawers, space()))
    drawers.find((each) => each.name === name)?.panel.focus({ preventScroll: true })
  }
  const shutOne = (name: string): void => {
    const drawer = drawers.find((each) => each.name === name)
    const hadFocus = drawer?.panel.contains(document.activeElement) ?? false
    take(withShut(open, name))
    if (hadFocus) drawer?.toggle.focus()
  }
  for (const drawer of drawers) {
    drawer.onAsk((wish) => (wish === 'open' ? openOne(drawer.name) : shutOne(drawer.name)))
  }
  wide.addEventListener('change', () => {
    const last = open.at(-1)
    if (last !== undefined) take(withOpened(open, last, drawers, space()))
  })
  show(openInAddress(location.search, drawers, space()))
  return { open: openOne, shut: shutOne }
}
