/**
 * The site: its pages are the Markdown files of docs/, its search is local, and nothing is loaded from another host.
 * Knows the order of the pages. A link that leaves docs/ becomes a link to the repository.
 */
import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'

const root = join(import.meta.dirname, '../../..')
const manifest: { readonly repository?: { readonly url?: string } } = JSON.parse(
  readFileSync(join(root, 'packages/contract/package.json'), 'utf8'),
)
const repository = manifest.repository?.url?.replace(/^git\+|\.git$/g, '')

export default defineConfig({
  title: 'TSGI',
  description: 'One contract between TypeScript applications and servers, a small framework and a prefork HTTP server.',
  lang: 'en',
  srcDir: '..',
  srcExclude: ['site/**', 'decisions/README.md'],
  outDir: '../.site',
  cacheDir: '.vitepress/cache',
  cleanUrls: false,
  lastUpdated: false,
  head: [['link', { rel: 'icon', href: '/favicon.svg', type: 'image/svg+xml' }]],
  vite: {
    publicDir: join(import.meta.dirname, '../public'),
    // The pages stand outside of this folder, where no package is installed.
    resolve: {
      alias: ['vue/server-renderer', 'vue'].map((find) => ({
        find,
        replacement: fileURLToPath(import.meta.resolve(find)),
      })),
    },
  },
  // The start page of the theme has no main landmark.
  transformHtml: (html) => html.replace('class="VPContent is-home"', 'class="VPContent is-home" role="main"'),
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config: (markdown) => markdown.core.ruler.push('repository-links', linkToRepository),
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    ...(repository === undefined ? {} : { socialLinks: [{ icon: 'github', link: repository }] }),
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Tutorial', link: '/tutorial/1-first-route' },
      { text: 'Framework', link: '/routes' },
      { text: 'Server', link: '/server' },
      { text: 'Deploy', link: '/deploy/' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: [
      {
        text: 'Begin',
        items: [
          { text: 'What it is', link: '/what-is-tsgi' },
          { text: 'Getting started', link: '/start' },
          { text: 'FAQ', link: '/faq' },
          { text: 'Platforms and status', link: '/platforms' },
        ],
      },
      {
        text: 'Tutorial: a guest book',
        items: [
          { text: '1 The first route', link: '/tutorial/1-first-route' },
          { text: '2 Pages', link: '/tutorial/2-pages' },
          { text: '3 A database', link: '/tutorial/3-database' },
          { text: '4 A form', link: '/tutorial/4-form' },
          { text: '5 A JSON API', link: '/tutorial/5-json-api' },
          { text: '6 Signing in', link: '/tutorial/6-sign-in' },
          { text: '7 Live updates', link: '/tutorial/7-live-updates' },
          { text: '8 To production', link: '/tutorial/8-production' },
        ],
      },
      {
        text: 'If you know …',
        items: [
          { text: 'Flask', link: '/coming-from/flask' },
          { text: 'Express', link: '/coming-from/express' },
          { text: 'Hono', link: '/coming-from/hono' },
          { text: 'gunicorn', link: '/coming-from/gunicorn' },
        ],
      },
      {
        text: 'How to',
        items: [
          { text: 'Forms', link: '/how-to/forms' },
          { text: 'Uploads', link: '/how-to/uploads' },
          { text: 'Sign-in', link: '/how-to/auth' },
          { text: 'Templates', link: '/how-to/templates' },
          { text: 'Databases', link: '/how-to/database' },
          { text: 'Background work', link: '/how-to/background-work' },
          { text: 'WebSockets', link: '/how-to/websockets' },
          { text: 'TypeScript set-up', link: '/how-to/typescript' },
        ],
      },
      {
        text: 'Framework',
        items: [
          { text: 'Routes', link: '/routes' },
          { text: 'Inputs and responses', link: '/inputs' },
          { text: 'Requests', link: '/requests' },
          { text: 'Static files', link: '/static' },
          { text: 'Errors', link: '/errors' },
          { text: 'Middleware', link: '/middleware' },
          { text: 'Testing', link: '/testing' },
        ],
      },
      {
        text: 'Server',
        items: [
          { text: 'Running it', link: '/server' },
          { text: 'Options', link: '/server-options' },
          { text: 'Logs and traces', link: '/logs' },
          { text: 'Record and replay', link: '/record-and-replay' },
          { text: 'Signals', link: '/SIGNALS' },
          { text: 'Security', link: '/SECURITY' },
          { text: 'HTTP differences', link: '/http-differences' },
          { text: 'Node and fetch guests', link: '/guests' },
          { text: 'Python guests', link: '/python' },
          { text: 'Performance', link: '/PERFORMANCE' },
        ],
      },
      {
        text: 'Deploy',
        items: [
          { text: 'Overview', link: '/deploy/' },
          { text: 'nginx, HAProxy, Apache, Caddy', link: '/deploy/proxies' },
          { text: 'systemd', link: '/deploy/systemd' },
          { text: 'Docker', link: '/deploy/docker' },
          { text: 'Kubernetes', link: '/deploy/kubernetes' },
          { text: 'Other runtimes', link: '/deploy/runtimes' },
          { text: 'Platforms as a service', link: '/deploy/paas' },
        ],
      },
      { text: 'The contract', items: [{ text: 'Specification', link: '/specification' }] },
      { text: 'Inside', items: [{ text: 'Design', link: '/DESIGN' }] },
    ],
  },
})

interface Token {
  readonly type: string
  readonly children: readonly Token[] | null
  attrGet(name: string): string | null
  attrSet(name: string, value: string): void
}

function linkToRepository({
  tokens,
  env,
}: {
  readonly tokens: readonly Token[]
  readonly env: { readonly relativePath?: string }
}): void {
  for (const link of tokens.flatMap((token) => token.children ?? []).filter(({ type }) => type === 'link_open')) {
    const href = link.attrGet('href') ?? ''
    if (/^(?:[a-z]+:|#|\/)/i.test(href)) continue
    const [path = '', anchor] = href.split('#')
    const target = posix.join('docs', posix.dirname(env.relativePath ?? ''), path)
    if (path === '' || (target.startsWith('docs/') && target.endsWith('.md')) || target.startsWith('docs/api')) continue
    if (target === 'packages/contract/SPEC.md')
      link.attrSet('href', anchor === undefined ? '/specification' : `/specification#${anchor}`)
    else link.attrSet('href', `${repository ?? ''}/blob/main/${target}`)
  }
}
