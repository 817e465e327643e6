/** One way to answer, chosen by a header of the request, and the parts that many ways are made of. */
import type { Application, Body, Chunk, Environ, HeaderList, StartResponse } from '@tsgi/contract'
import type { Notes } from '../notes.ts'

export type Way = (
  environ: Environ,
  startResponse: StartResponse,
  notes: Notes,
  argument: string,
) => ReturnType<Application>

export type Ways = Readonly<Record<string, Way>>

export const PLAIN: HeaderList = [['Content-Type', 'text/plain; charset=utf-8']]

/** The same head each time. */
export function answer(status: string, headers: HeaderList, body: () => Body): Way {
  return (_environ, startResponse) => {
    startResponse(status, headers)
    return body()
  }
}

export function ok(body: () => Body): Way {
  return answer('200 OK', PLAIN, body)
}

/** Sends data as JSON. */
export function show(startResponse: StartResponse, data: unknown): string {
  startResponse('200 OK', [['Content-Type', 'application/json']])
  return JSON.stringify(data)
}

export function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/** What a call threw, as text; `''` if it did not throw. */
export function thrownBy(act: () => unknown): string {
  try {
    act()
    return ''
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : `a ${typeof error}`
  }
}

/** A body that counts what becomes of it. */
export function watched(
  notes: Notes,
  chunks: () => AsyncGenerator<Chunk> | Generator<Chunk>,
  close?: () => void | Promise<void>,
): Body {
  const source = chunks()
  let isOver = false
  return {
    [Symbol.asyncIterator]() {
      return {
        async next() {
          if (isOver) notes.said.pulledAfterEnd = true
          const step = await source.next()
          if (step.done === true) notes.done = true
          else notes.pulled++
          return step
        },
        async return() {
          isOver = true
          notes.returns++
          await source.return(undefined)
          return { done: true, value: undefined }
        },
      }
    },
    close() {
      isOver = true
      notes.closes++
      return close?.()
    },
  }
}

/** Bytes 0 to 255, repeated. */
export function binary(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i % 256)
}
