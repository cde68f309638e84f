#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Before anything else is loaded: stripping types needs a compiler, which then stays in memory. From the second start
// on it is not needed.
enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/parley', import.meta.url)))
const { runProgram } = await import('#cli/run-program.ts')

process.exit(
  await runProgram({
    environment: process.env,
    args: process.argv.slice(2),
    workingFolder: process.cwd(),
    print: (text) => void process.stdout.write(`${text}\n`),
    complain: (text) => void process.stderr.write(`${text}\n`),
    write: async (text) =>
      await new Promise((resolve, reject) => {
        process.stdout.write(text, (error) => (error ? reject(error) : resolve()))
      }),
    progress: process.stdout.isTTY
      ? (text) => void process.stdout.write(`\r\x1b[K${text}`)
      : undefined,
  }),
)
