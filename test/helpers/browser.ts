import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

const executablePath = '/usr/bin/chromium'
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface OpenedPage {
  readonly page: Page
  /** Everything a reader should never meet: console errors and warnings, exceptions, requests for other than the page. */
  readonly complaints: string[]
}

export interface Browser {
  /** Opens a file in a tab of its own. */
  open(path: string): Promise<OpenedPage>
  close(): Promise<void>
}

/** A headless Chromium with a profile of its own, which `close` removes. */
export async function startBrowser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'robust-features-browser-'))
  const context = await chromium.launchPersistentContext(profile, { executablePath, args, headless: true })
  return {
    open: (path) => open(context, pathToFileURL(path).href),
    async close() {
      await context.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

async function open(context: BrowserContext, address: string): Promise<OpenedPage> {
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    if (request.url() !== address) complaints.push(`request for ${request.url().slice(0, 200)}`)
  })
  await page.goto(address)
  await page.locator('html[data-figures=shown]').waitFor({ timeout: 30_000 })
  return { page, complaints }
}
