import { isRecord } from './params.ts'
import { refusal } from './refusals.ts'

const ELEMENTS_MAX = 10
const BUTTONS_MAX = 3
const TITLE_CHARACTERS_MAX = 80
const BUTTON_TEXT_CHARACTERS_MAX = 640
const BUTTON_TITLE_CHARACTERS_MAX = 20

const notAllowed = (message: string) => refusal(100, { subcode: 2534015, message })

/** Checks a template payload and gives it back unchanged. */
export function checkTemplate(payload: Record<string, unknown>): Record<string, unknown> {
  switch (payload['template_type']) {
    case 'generic':
      checkGeneric(payload['elements'])
      return payload
    case 'button':
      checkText(payload['text'], 'text', BUTTON_TEXT_CHARACTERS_MAX)
      checkButtons(payload['buttons'])
      return payload
    case 'product':
      checkProducts(payload['elements'])
      return payload
    default:
      throw notAllowed('template_type must be generic, button or product')
  }
}

function elementsOf(given: unknown): Record<string, unknown>[] {
  if (!Array.isArray(given) || given.length < 1 || given.length > ELEMENTS_MAX) {
    throw notAllowed(`elements must hold 1 to ${ELEMENTS_MAX} items`)
  }
  return given.map((element: unknown) => {
    if (!isRecord(element)) throw notAllowed('An element must be an object')
    return element
  })
}

function checkGeneric(given: unknown): void {
  for (const element of elementsOf(given)) {
    checkText(element['title'], 'title', TITLE_CHARACTERS_MAX)
    if (Object.keys(element).length < 2) {
      throw notAllowed('An element needs a title and at least one more property')
    }
    if (element['subtitle'] !== undefined) {
      checkText(element['subtitle'], 'subtitle', TITLE_CHARACTERS_MAX)
    }
    if (element['buttons'] !== undefined) checkButtons(element['buttons'])
  }
}

function checkProducts(given: unknown): void {
  if (elementsOf(given).some(({ id }) => typeof id !== 'string')) {
    throw notAllowed('A product element needs an id')
  }
}

function checkButtons(given: unknown): void {
  if (!Array.isArray(given) || given.length < 1 || given.length > BUTTONS_MAX) {
    throw notAllowed(`buttons must hold 1 to ${BUTTONS_MAX} items`)
  }
  for (const button of given) {
    if (!isRecord(button)) throw notAllowed('A button must be an object')
    checkText(button['title'], 'title', BUTTON_TITLE_CHARACTERS_MAX)
    const { type, url, payload } = button
    const isLink = type === 'web_url' && typeof url === 'string' && URL.canParse(url)
    const isPostback = type === 'postback' && typeof payload === 'string' && payload !== ''
    if (!isLink && !isPostback) {
      throw notAllowed('A button is a web_url with a url, or a postback with a payload')
    }
  }
}

function checkText(given: unknown, name: string, charactersMax: number): void {
  if (typeof given !== 'string' || given === '' || Array.from(given).length > charactersMax) {
    throw notAllowed(`${name} must be text of 1 to ${charactersMax} characters`)
  }
}
