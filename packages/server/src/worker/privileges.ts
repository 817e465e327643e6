/** Gives up root for good, before a line of the application has run (groups first, the user last). */

/** @throws Error when it did not work: nothing is served with more rights than were asked for. */
export function dropPrivileges(uid: number | undefined, gid: number | undefined): void {
  // Also if the group is the same: the other groups of root are not for the workers.
  if (gid !== undefined && process.getuid?.() === 0) process.setgroups?.([gid])
  if (gid !== undefined && gid !== process.getgid?.()) process.setgid?.(gid)
  if (uid !== undefined && uid !== process.getuid?.()) process.setuid?.(uid)
  if (gid !== undefined && (process.getgid?.() !== gid || process.getegid?.() !== gid))
    throw new Error(`still not group ${gid}`)
  if (uid === undefined) return
  if (process.getuid?.() !== uid || process.geteuid?.() !== uid) throw new Error(`still not user ${uid}`)
  if (uid !== 0 && canBecomeRoot()) throw new Error('root was given up but can be had again')
}

function canBecomeRoot(): boolean {
  try {
    process.setuid?.(0)
    return true
  } catch {
    return false
  }
}
