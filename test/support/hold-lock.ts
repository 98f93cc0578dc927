import { systemClock } from '../../src/base/clock.ts'
import { nodeFileSystem } from '../../src/base/node-file-system.ts'
import { lockFolder } from '../../src/meta/folder-lock.ts'

/** A process that takes the lock of the folder it is given, says so, and holds it until killed. */
const [, , folder = ''] = process.argv
await lockFolder({ folder, fileSystem: nodeFileSystem, clock: systemClock })
process.stdout.write('held\n')
setInterval(() => undefined, 60_000)
