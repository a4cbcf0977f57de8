import { ClientPage } from './support/client-page.ts'
import { expect, test } from './support/test.ts'

const ROUNDS = 6
const LETTERS_A_ROUND = 12

test('C2, S1: two who type at once, in one place, end with the same text and the same count', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const open = async (user: string): Promise<ClientPage> =>
    ClientPage.open(await newDevice(), relay.url, { room, user }, journal)
  const clients = [await open('ada'), await open('tim')] as const
  const typeAndCount = async (client: ClientPage, count: () => Promise<void>): Promise<string> => {
    let typed = ''
    for (let round = 0; round < ROUNDS; round++) {
      typed += await client.typeLetters(LETTERS_A_ROUND)
      await count()
    }
    return typed
  }
  const [ada, tim] = clients
  const typed = await Promise.all([
    typeAndCount(ada, () => ada.countUp(2)),
    typeAndCount(tim, () => tim.countDown()),
  ])
  for (const client of clients) {
    await client.expectSaved()
    await client.expectAllText()
    await client.expectCounter(ROUNDS)
  }
  const text = await ada.text()
  expect(await tim.text()).toBe(text)
  for (const letters of typed) {
    const inText = [...text].filter((letter) => letters.includes(letter)).join('')
    expect(inText, 'each one’s letters stand in the order in which they were typed').toBe(letters)
  }
  const records = await verify()
  expect(new Set(records.map(({ user }) => user))).toEqual(new Set(['ada', 'tim']))
})
