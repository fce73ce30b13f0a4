/** Commands and their environments. */
import type { CommandInfo } from '../../../protocol/common.js';
import type { Refusal } from './refusal.js';

/** Only variables with a plain value are known here (Mesos' type VALUE). */
export function validateEnvironment(environment: CommandInfo['environment']): Refusal {
  if (environment === undefined) return null;
  for (const { name, value } of environment.variables) {
    if (value === undefined) return `Environment variable '${name}' of type 'VALUE' must have a value set`;
  }
  return null;
}

export function validateCommand(command: CommandInfo): Refusal {
  return validateEnvironment(command.environment);
}
