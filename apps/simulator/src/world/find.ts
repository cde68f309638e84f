import type { Account, Page, Person, World } from './world.ts'

export class NotInTheBoxError extends Error {}

export const findAccount = (world: World, key: string): Account | undefined =>
  world.accounts.find((account) => account.key === key || account.id === key)

export function loadAccount(world: World, key: string): Account {
  const account = findAccount(world, key)
  if (!account) throw new NotInTheBoxError(`No account "${key}"`)
  return account
}

export function loadPerson(world: World, key: string): Person {
  const person = world.people.find((candidate) => candidate.key === key)
  if (!person) throw new NotInTheBoxError(`No person "${key}"`)
  return person
}

export const findPage = (world: World, id: string): Page | undefined =>
  world.pages.find((page) => page.id === id)

/** The page a token is for; it exists as long as the token does. */
export function loadPage(world: World, id: string): Page {
  const page = findPage(world, id)
  if (!page) throw new NotInTheBoxError(`No page "${id}"`)
  return page
}
