/**
 * Express 4, which has no declarations of its own: for what the tests use, those of Express 5 are true.
 */
import { createRequire } from 'node:module'
import type express from 'express'

export const express4: typeof express = createRequire(import.meta.url)('express4')
