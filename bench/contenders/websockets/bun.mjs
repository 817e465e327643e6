/** The same by Bun.serve. */
const MESSAGE = 'x'.repeat(100)
const sockets = new Set()
globalThis.Bun.serve({
  port: Number(process.env.PORT),
  hostname: '127.0.0.1',
  fetch(request, server) {
    if (request.url.endsWith('/socket'))
      return server.upgrade(request) ? undefined : new Response('no', { status: 400 })
    if (request.url.endsWith('/broadcast')) for (const socket of sockets) socket.send(MESSAGE)
    return new Response('Hello, world!')
  },
  websocket: {
    open: (socket) => void sockets.add(socket),
    message: (socket, message) => void socket.send(message),
    close: (socket) => void sockets.delete(socket),
  },
})
