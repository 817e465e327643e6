export const page: string
export const list: readonly object[]
