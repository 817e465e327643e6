/**
 * Debian's chromium, headless, for tests that look at a page as a person would. Knows where the browser lies and how
 * it is started; knows no page.
 */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium'

export const hasChromium: boolean = existsSync(EXECUTABLE)

/** What a skipped test is called, so that a run without a browser says so by name. */
export const skipReason = `SKIPPED: no chromium at ${EXECUTABLE} (apt-get install chromium, or set CHROMIUM)`

export function launchChromium(): Promise<Browser> {
  // No sandbox: CI runs as root. The rest keeps the browser from calling home.
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync']
  args.push('--disable-background-networking', '--disable-component-update')
  return chromium.launch({ executablePath: EXECUTABLE, args })
}
