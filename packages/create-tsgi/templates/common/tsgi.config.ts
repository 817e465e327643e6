import { defineConfig } from '@tsgi/server'

// Options of `tsgi serve`; a flag wins over a variable TSGI_*, which wins over this file. `npx tsgi --help` lists them.
export default defineConfig({
  bind: ['127.0.0.1:8000'],
  accessLogfile: '-',
})
