import { startStandIn } from '#stand-in.ts'

const standIn = await startStandIn(Number(process.env['PORT'] ?? 0))
process.stdout.write(`listening ${standIn.url}\n`)
