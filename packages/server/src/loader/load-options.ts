/** From the values of the option table to what an application is loaded with. */
import type { ErrorStream } from '@tsgi/contract'
import { CONFIG_FILES } from '../config/config-file.ts'
import { loadTimeoutOf } from '../config/load-timeout.ts'
import type { Config } from '../config/options.ts'
import type { LoadOptions, RecordOptions } from './loaded-application.ts'

/** @param errors where Python's own output goes; without, to the log of the request that it came with. */
export function loadOptionsOf(config: Config, errors?: ErrorStream): LoadOptions {
  return {
    interface: config.interface,
    dynamic: config.dynamic,
    listing: config.listing,
    charset: config.charset,
    middleware: config.middleware,
    record: config.record === undefined ? undefined : recordOptionsOf(config, config.record, errors),
    extraFiles: [...config.reloadExtraFile, ...(config.config === undefined ? CONFIG_FILES : [config.config])],
    python: {
      python: config.python,
      pythonPath: config.pythonpath,
      processes: config.pythonProcesses,
      threads: config.threads,
      timeout: config.timeout,
      gracefulTimeout: config.gracefulTimeout,
      startTimeout: loadTimeoutOf(config),
      backlog: config.backlog,
      errors,
    },
  }
}

function recordOptionsOf(config: Config, folder: string, errors: ErrorStream | undefined): RecordOptions {
  const trouble = (reason: string) => errors?.write(`${reason}\n`)
  return { folder, when: config.recordWhen, slowMs: config.recordSlow * 1000, trouble }
}
