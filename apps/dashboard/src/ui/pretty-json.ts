/** A whole string, or one mark, or a run of anything else: a number, `true`, `null`. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

/**
 * JSON with line breaks; anything else as it is. Only spaces change: parsed and written again, Meta's long numbers
 * would come out as others.
 */
export function prettyJson(text: string): string {
  if (!isJson(text)) return text
  let depth = 0
  let pretty = ''
  const breakLine = () => `\n${'  '.repeat(depth)}`
  const tokens = text.match(TOKEN) ?? []
  for (const [index, token] of tokens.entries()) {
    const isEmpty = tokens[index + 1] === '}' || tokens[index + 1] === ']'
    const wasEmpty = tokens[index - 1] === '{' || tokens[index - 1] === '['
    if (token === '{' || token === '[') {
      depth += 1
      pretty += isEmpty ? token : token + breakLine()
    } else if (token === '}' || token === ']') {
      depth -= 1
      pretty += wasEmpty ? token : breakLine() + token
    } else if (token === ',') pretty += token + breakLine()
    else pretty += token === ':' ? ': ' : token
  }
  return pretty
}
