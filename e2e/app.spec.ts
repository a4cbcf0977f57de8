import { AppPage } from './support/app-page.ts'
import { boardOf, countActs, documentOf } from './support/board-log.ts'
import { inspect } from './support/inspect.ts'
import { expect, test } from './support/test.ts'

test('E2, E4: two who write and draw in one room show the same, and so does a third who comes later', async ({
  newDevice,
  relay,
  room,
}) => {
  const ada = await AppPage.open(await newDevice(), relay.url, { room, user: 'Ada' })
  const tim = await AppPage.open(await newDevice(), relay.url, { room, user: 'Tim' })
  expect(await ada.pendingCount(), 'opening writes nothing').toBe(0)

  await ada.write('Bread and ')
  await expect.poll(() => tim.text()).toBe('Bread and ')
  await Promise.all([
    ada.draw([
      [0.2, 0.2],
      [0.3, 0.4],
      [0.5, 0.3],
    ]),
    tim.field.press('ControlOrMeta+End').then(() => tim.field.pressSequentially('butter')),
  ])
  await tim.circle([0.7, 0.6])
  await expect.poll(() => ada.shapes()).toHaveLength(2)
  await ada.drag([0.7 + 60 / 1200, 0.6], [0.8 + 60 / 1200, 0.5])
  for (const person of [ada, tim]) await person.expectSaved()

  const karen = await AppPage.open(await newDevice(), relay.url, { room, user: 'Karen' })
  const records = await inspect(relay.dataDir, room)
  const board = boardOf(records)
  expect(Object.keys(board)).toHaveLength(2)
  expect(documentOf(records)).toBe('Bread and butter')
  for (const person of [ada, tim, karen]) {
    await expect.poll(() => person.placed(), { message: person.user }).toEqual(board)
    await expect.poll(() => person.text(), { message: person.user }).toBe('Bread and butter')
    expect((await person.shapes()).map(({ name }) => name).toSorted()).toEqual([
      'Circle by Tim',
      'Stroke by Ada',
    ])
    expect(person.complaints).toEqual([])
  }
})

test('O5, E4: what was written and drawn offline looks it, and comes back once from a tab that was closed', async ({
  newDevice,
  relay,
  room,
}) => {
  const device = await newDevice()
  const tim = await AppPage.open(await newDevice(), relay.url, { room, user: 'Tim' })
  const ada = await AppPage.open(device, relay.url, { room, user: 'Ada' })
  await tim.circle([0.5, 0.5])
  await expect.poll(() => ada.shapes()).toHaveLength(1)
  await ada.write('Written online. ')
  await ada.expectSaved()
  await expect.poll(async () => (await ada.shapes()).filter((each) => each.isPending)).toEqual([])

  await ada.goOffline()
  await ada.write('Written offline.')
  await ada.draw([
    [0.1, 0.8],
    [0.3, 0.7],
    [0.4, 0.9],
  ])
  await ada.drag([0.5 + 60 / 1200, 0.5], [0.2 + 60 / 1200, 0.3])
  await ada.expectOnDevice()
  const offline = await ada.shapes()
  expect(offline.map(({ isPending }) => isPending)).toEqual([true, true])
  expect(offline.map(({ name }) => name)).toContain('Stroke by Ada, waiting to be saved')
  expect((await tim.shapes()).map(({ name }) => name)).toEqual(['Circle by Tim'])
  await ada.page.close()

  const again = await AppPage.open(device, relay.url, { room, user: 'Ada' })
  await again.expectSaved()
  const records = await inspect(relay.dataDir, room)
  expect(documentOf(records)).toBe('Written online. Written offline.')
  expect([countActs(records, 'add'), countActs(records, 'move')]).toEqual([2, 1])
  for (const person of [again, tim]) {
    await expect.poll(() => person.placed()).toEqual(boardOf(records))
    await expect.poll(() => person.text()).toBe('Written online. Written offline.')
    expect((await person.shapes()).some(({ isPending }) => isPending)).toBe(false)
  }
})

test('E4: undo takes back what its own user did and nothing of the others, after a reload too', async ({
  newDevice,
  relay,
  room,
}) => {
  const ada = await AppPage.open(await newDevice(), relay.url, { room, user: 'Ada' })
  const tim = await AppPage.open(await newDevice(), relay.url, { room, user: 'Tim' })
  await ada.write('Hers. ')
  await expect.poll(() => tim.text()).toBe('Hers. ')
  await tim.write('His.')
  await expect.poll(() => ada.text()).toBe('Hers. His.')
  await ada.format('Undo what you wrote').click()
  await expect.poll(() => tim.text()).toBe('His.')
  await expect(ada.format('Undo what you wrote')).toHaveAttribute('aria-disabled', 'true')
  await ada.format('Write it again').click()
  await expect.poll(() => tim.text()).toBe('Hers. His.')

  await ada.circle([0.2, 0.2])
  await tim.circle([0.7, 0.7])
  await expect.poll(() => ada.shapes()).toHaveLength(2)
  await ada.page.reload()
  await ada.whenOpen()
  await ada.tool('Undo what you drew').click()
  for (const person of [ada, tim]) {
    await expect
      .poll(async () => (await person.shapes()).map(({ name }) => name))
      .toEqual(['Circle by Tim'])
  }
  await expect(ada.tool('Undo what you drew')).toHaveAttribute('aria-disabled', 'true')
  await ada.tool('Draw it again').click()
  await expect.poll(() => tim.shapes()).toHaveLength(2)

  // Tim may delete what is hers, and she cannot undo that.
  const hers = (await tim.shapes()).find(({ name }) => name.includes('Ada'))!
  await tim.tool('Delete').click()
  await tim.pull([[hers.at[0] / 1200 + 60 / 1200, hers.at[1] / 900]])
  await expect.poll(() => ada.shapes()).toHaveLength(1)
  await expect(ada.tool('Undo what you drew')).toHaveAttribute('aria-disabled', 'true')
  for (const person of [ada, tim]) await person.expectSaved()
  const records = await inspect(relay.dataDir, room)
  expect(await ada.placed()).toEqual(boardOf(records))
})

test('rubbish from another page harms nobody: not on the board, not as a caret, not as a name', async ({
  newDevice,
  relay,
  room,
}) => {
  const ada = await AppPage.open(await newDevice(), relay.url, { room, user: 'Ada' })
  const user = '<img src=x onerror=alert(1)>'
  const eve = await AppPage.open(await newDevice(), relay.url, { room, user })
  await eve.page.evaluate(() => {
    const { room: open } = window.holdfastDemo!
    open.push('board.add', { id: 'bad', kind: 'circle', x: 1e12, y: 0, ink: 0, radius: 5 })
    open.push('board.add', { id: 'bad2', kind: 'stroke', x: 0, y: 0, ink: 0, points: 'M0' })
    open.push('board.move', null)
    open.push('board.undo', [])
    open.push('name', { name: '\u202e' })
  })
  await eve.circle([0.5, 0.5])
  await expect
    .poll(async () => (await ada.shapes()).map(({ name }) => name))
    .toEqual([`Circle by ${user}`])
  await ada.write('A')
  await eve.write('B')
  await expect(ada.page.locator('.caret-name')).toHaveText(user)
  // Else her own editor would put a caret that is good in the place of each.
  await eve.field.blur()
  const color = '#0b6b72'
  for (const [mark, rubbish] of [
    { user: { name: 'E', color: 'url(https://x)' }, cursor: { anchor: {}, head: 3 } },
    { user: { name: 7, color }, cursor: { anchor: { item: { client: 1, clock: -9 } }, head: {} } },
    { user: { name: 'E', color }, cursor: { anchor: 'here', head: { type: 7 } } },
    { user: null, cursor: 'here' },
  ].entries()) {
    await eve.page.evaluate(
      (state) => {
        window.holdfastDemo!.room.awareness!.setLocalState(state)
      },
      { ...rubbish, mark },
    )
    const marks = (): Promise<unknown[]> =>
      ada.page.evaluate(() =>
        [...window.holdfastDemo!.room.awareness!.getStates().values()].map(
          (state) => state['mark'],
        ),
      )
    await expect.poll(marks).toContain(mark)
    await expect(ada.page.locator('.caret')).toHaveCount(0)
  }
  await ada.write('C')
  await expect.poll(() => eve.text()).toContain('C')
  await expect(ada.page.locator('img')).toHaveCount(0)
  expect(ada.complaints).toEqual([])
})
