/**
 * Pictures that are uploaded with multer and kept in memory.
 */
import { createHash } from 'node:crypto'
import { Router } from 'express'
import multer from 'multer'

interface Picture {
  readonly name: string
  readonly type: string
  readonly octets: Buffer
}

const pictures = new Map<string, Picture>()
const upload = multer({ limits: { fileSize: 200_000, files: 2 } })

export const album = Router()

album.post('/', upload.array('picture'), (request, response) => {
  const files = Array.isArray(request.files) ? request.files : []
  const ids = files.map(({ originalname, mimetype, buffer }) => {
    const id = createHash('sha256').update(buffer).digest('hex').slice(0, 12)
    pictures.set(id, { name: originalname, type: mimetype, octets: buffer })
    return id
  })
  response.status(201).json({ ids, title: request.body.title })
})

album.get('/:id', (request, response, next) => {
  const picture = pictures.get(request.params.id)
  if (picture === undefined) next()
  else response.type(picture.type).send(picture.octets)
})

album.delete('/:id', (request, response) => {
  response.status(pictures.delete(request.params.id) ? 204 : 404).end()
})
