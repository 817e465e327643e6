import { z } from 'zod'

export const NewTask = z.object({ title: z.string().trim().min(1, 'Say what there is to do').max(100) })
export type NewTask = z.infer<typeof NewTask>

export const Task = NewTask.extend({ id: z.number().int(), done: z.boolean() })
export type Task = z.infer<typeof Task>
