import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { offsetClock } from './offset-clock.ts'

test('the time moves with the file, and a half-written one changes nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-clock-'))
  const file = join(folder, 'clock-offset')
  const clock = offsetClock(folder)
  const offset = (): number => Math.round((clock.now() - Date.now()) / 1000)
  const afterReread = async (text: string): Promise<number> => {
    writeFileSync(file, text)
    await sleep(60)
    return offset()
  }
  try {
    assert.equal(offset(), 0)
    assert.equal(await afterReread('5270400000\n'), 5_270_400)
    assert.equal(await afterReread(''), 5_270_400)
    assert.equal(await afterReread('-3600000'), -3600)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
