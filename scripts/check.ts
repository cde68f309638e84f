import { printCounts, runChecks } from './checks.ts'

const counts = await runChecks()
printCounts(counts)
process.exit(counts.failed === 0 ? 0 : 1)
