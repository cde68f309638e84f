// Runs before `npm start`, `npm test` and the like, with whatever Node ≥ 20 the machine has: plain JavaScript, no packages.
// Each step compares a hash first, so the second time takes no time.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const installMark = join(modules, '.parley-setup')
const browserMark = join(modules, '.parley-browser')
const promtoolMark = join(modules, '.parley-promtool')
const buildMark = join(root, 'apps/dashboard/dist/.built-from')
const node = join(modules, '.bin/node')

const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 20)
  fail(`Parley needs Node 20 or newer to set itself up; this is ${process.versions.node}.`)
if (process.platform === 'win32')
  fail('Parley runs on Linux and macOS. On Windows, run it inside WSL.')

install()
buildDashboard()
if (process.argv.includes('--tests')) {
  await findBrowser()
  findPromtool()
}

/** Installs when the lock file is not the one that was installed. */
function install() {
  const wanted = hashOf([join(root, 'package-lock.json')], `${process.platform}-${process.arch}`)
  if (readMark(installMark) === wanted && isInstalled()) return
  if (!isInstalled()) {
    say('Installing packages (the first time only) …')
    // Development packages are needed even where NODE_ENV says production: they build the dashboard.
    run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'])
  }
  if (!existsSync(node))
    fail(
      'The package "node" was not installed. Allow install scripts: npm ci --ignore-scripts=false',
    )
  writeFileSync(installMark, wanted)
}

/** True when npm's own record of what it installed has every package of the lock file, and they are there. */
function isInstalled() {
  const record = join(modules, '.package-lock.json')
  if (!existsSync(record) || !existsSync(node)) return false
  const there = JSON.parse(readFileSync(record, 'utf8')).packages
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, entry]) =>
      !path.includes('node_modules/') ||
      entry.optional ||
      (there[path]?.version === entry.version && existsSync(join(root, path))),
  )
}

/** Builds the dashboard when its sources, the contract or the installed packages changed. */
function buildDashboard() {
  const folder = join(root, 'apps/dashboard')
  const sources = ['src', 'public', 'index.html', 'vite.config.ts', 'package.json']
  const files = [
    ...sources.flatMap((name) => filesBelow(join(folder, name))),
    ...filesBelow(join(root, 'packages/contract/src')),
  ].filter((path) => !/\.test\.tsx?$/.test(path))
  const wanted = hashOf(files, readMark(installMark))
  if (readMark(buildMark) === wanted) return
  say('Building the dashboard …')
  const vite = join(modules, 'vite/bin/vite.js')
  run(node, [vite, 'build', '--logLevel', 'warn'], folder)
  writeFileSync(buildMark, wanted)
}

/** Finds a browser for the browser tests, or installs one. Without one they are reported as not run. */
async function findBrowser() {
  const known = readMark(browserMark)
  if (known !== '' && existsSync(known)) return
  let browser = await installedBrowser()
  if (browser === undefined) {
    say('Installing a browser for the tests (the first time only) …')
    installBrowser()
    browser = await installedBrowser()
  }
  if (browser === undefined) {
    rmSync(browserMark, { force: true })
    say('No browser was found and none could be installed: browser tests will not run.')
  } else {
    writeFileSync(browserMark, browser)
  }
}

async function installedBrowser() {
  const playwright = await import(pathToFileURL(join(modules, 'playwright-core/index.mjs')).href)
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']
  const candidates = [
    process.env.PARLEY_TEST_BROWSER,
    ...(process.env.PATH ?? '')
      .split(':')
      .flatMap((folder) => names.map((name) => join(folder, name))),
    ...names.map((name) => join('/usr/bin', name)),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    playwright.chromium.executablePath(),
  ]
  return candidates.find((path) => path !== undefined && existsSync(path) && answers(path))
}

function installBrowser() {
  const isRoot = process.getuid?.() === 0
  if (isRoot && existsSync('/usr/bin/apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env }
    spawnSync('apt-get', ['update', '-qq'], quiet)
    const packages = ['chromium', 'fonts-liberation']
    const done = spawnSync(
      'apt-get',
      ['install', '-y', '-qq', '--no-install-recommends', ...packages],
      quiet,
    )
    if (done.status === 0) return
  }
  const cli = join(modules, 'playwright-core/cli.js')
  spawnSync(node, [cli, 'install', ...(isRoot ? ['--with-deps'] : []), 'chromium'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/**
 * Finds Prometheus' own checker of rules, or takes it out of Debian's package without installing that: its service is not
 * wanted. Without one its checks are reported as not run.
 */
function findPromtool() {
  const known = readMark(promtoolMark)
  if (known !== '' && existsSync(known)) return
  const own = join(modules, '.parley-promtool-program')
  let promtool = installedPromtool(own)
  if (promtool === undefined && existsSync('/usr/bin/apt-get')) {
    say('Fetching promtool for the tests (the first time only) …')
    fetchPromtool(own)
    promtool = installedPromtool(own)
  }
  if (promtool === undefined) {
    rmSync(promtoolMark, { force: true })
    say(
      'No promtool was found and none could be fetched: the checks of the alert rules will not run.',
    )
  } else {
    writeFileSync(promtoolMark, promtool)
  }
}

function installedPromtool(own) {
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => folder !== '')
  const candidates = [
    process.env.PARLEY_TEST_PROMTOOL,
    ...folders.map((folder) => join(folder, 'promtool')),
    own,
  ]
  return candidates.find((path) => path !== undefined && existsSync(path) && answers(path))
}

function fetchPromtool(path) {
  const folder = mkdtempSync(join(tmpdir(), 'parley-promtool-'))
  const options = { cwd: folder, stdio: 'ignore', timeout: 120_000 }
  try {
    if (process.getuid?.() === 0) spawnSync('apt-get', ['update', '-qq'], options)
    spawnSync('apt-get', ['download', '-qq', 'prometheus'], options)
    const archive = readdirSync(folder).find((name) => name.endsWith('.deb'))
    if (archive === undefined) return
    spawnSync('dpkg-deb', ['--extract', archive, 'unpacked'], options)
    const found = join(folder, 'unpacked/usr/bin/promtool')
    if (existsSync(found)) copyFileSync(found, path)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function answers(program) {
  return spawnSync(program, ['--version'], { timeout: 20_000 }).status === 0
}

function run(command, args, cwd = root) {
  const done = spawnSync(command, args, { cwd, stdio: 'inherit' })
  if (done.status !== 0) fail(`${command} ${args.join(' ')} failed.`)
}

function filesBelow(path) {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .toSorted()
    .flatMap((name) => filesBelow(join(path, name)))
}

function hashOf(files, extra) {
  const hash = createHash('sha256').update(extra)
  for (const file of files) hash.update(`\0${file.slice(root.length)}\0`).update(readFileSync(file))
  return hash.digest('hex')
}

function readMark(path) {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
}

function say(text) {
  process.stdout.write(`${text}\n`)
}

function fail(text) {
  process.stderr.write(`${text}\n`)
  process.exit(1)
}
