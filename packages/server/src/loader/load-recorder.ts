/** `--record DIR`: the recorder round an application, with the folder that it writes to. */
import type { Application } from '@tsgi/contract'
import { ConfigError } from '../config/config-error.ts'
import { RecordFolder } from '../record/record-folder.ts'
import { recorded } from '../record/recorder.ts'
import type { RecordOptions } from './loaded-application.ts'
import { inWorkingFolder } from './working-folder.ts'

/** @throws ConfigError when there can be no such folder. */
export async function withRecorder(options: RecordOptions, application: Application): Promise<Application> {
  const { folder: name, when, slowMs, trouble } = options
  try {
    return recorded(application, { folder: new RecordFolder({ folder: inWorkingFolder(name), trouble }), when, slowMs })
  } catch (error) {
    throw new ConfigError(`--record ${name}: ${error instanceof Error ? error.message : error}`, undefined, error)
  }
}
