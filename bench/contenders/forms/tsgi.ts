/** Forms: how many fields and files came. */
import { Application, get, post, text } from '@tsgi/framework'

export const application = new Application(
  [
    get('/', () => text('Hello, world!')),
    post('/form', async (request) => {
      const { fields, files } = await request.form()
      return text(String(Object.keys(fields).length + Object.keys(files).length))
    }),
  ],
  { bodyLimit: 32 * 2 ** 20 },
)
