/** A page of 90 KB, JSON of 10 KB and the same greeting for all. */
const row = (i) => `<tr><td>${i}</td><td>Item number ${i}</td><td>${(i * 7919) % 1000} pieces</td></tr>\n`
export const page = `<!doctype html><table>\n${Array.from({ length: 1440 }, (_, i) => row(i)).join('')}</table>`
export const list = Array.from({ length: 130 }, (_, i) => ({
  id: i,
  name: `Item number ${i}`,
  stock: (i * 7919) % 1000,
  tags: ['a', 'b'],
}))
