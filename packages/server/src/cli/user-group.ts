/** From the names of users and groups to their numbers, as the system's own files have them. */
import { readFileSync } from 'node:fs'
import { ConfigError } from '../config/config-error.ts'

/** Whom the workers run as, and whom files of the server belong to. */
export interface Account {
  readonly uid: number | undefined
  readonly gid: number | undefined
}

/** A user without a group brings its own. @throws ConfigError for a name that is not known, or without the right to change. */
export function accountOf(user: string | undefined, group: string | undefined): Account {
  const userEntry = user === undefined ? undefined : find('/etc/passwd', 'user', user)
  const groupEntry = group === undefined ? undefined : find('/etc/group', 'group', group)
  const account = { uid: userEntry?.id, gid: groupEntry?.id ?? userEntry?.group }
  if (account.uid !== undefined && account.gid === undefined)
    throw new ConfigError(`--user ${user}: nothing tells its group, and root's would stay; say --group too`)
  const isOther = (id: number | undefined, own: number | undefined) => id !== undefined && id !== own
  if (
    process.getuid?.() !== 0 &&
    (isOther(account.uid, process.getuid?.()) || isOther(account.gid, process.getgid?.()))
  ) {
    throw new ConfigError(`--user and --group: only root may run its workers as another user`)
  }
  return account
}

interface Entry {
  readonly id: number
  readonly group: number | undefined
}

function find(file: string, kind: 'user' | 'group', wanted: string): Entry {
  for (const line of linesOf(file)) {
    const [name, , id, group] = line.split(':')
    if (name === wanted || id === wanted) {
      return { id: Number(id), group: kind === 'user' ? Number(group) : undefined }
    }
  }
  // A number needs no entry.
  if (/^\d+$/.test(wanted)) return { id: Number(wanted), group: undefined }
  throw new ConfigError(`--${kind} ${wanted}: there is no such ${kind}`)
}

/** None where there is no such file, as in a container that has nothing but its program. */
function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}
