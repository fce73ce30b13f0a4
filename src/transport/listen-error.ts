/** Why a port cannot be listened on, as an error that names the address and the mend. */
import { MeteError } from '../base/errors.js';
import { hostPort } from './transport.js';

/** From the error of `listen` of node:net. */
export function listenError(host: string, port: number, error: NodeJS.ErrnoException): MeteError {
  const address = hostPort(host, port);
  if (error.code === 'EADDRINUSE') {
    return new MeteError('ADDRESS_IN_USE', {
      field: 'address',
      value: address,
      reason: 'another process listens there',
      mend: 'stop it, or choose another port (0 for any free one)',
      cause: error,
    });
  }
  const isForbidden = error.code === 'EACCES';
  return new MeteError('ADDRESS_UNUSABLE', {
    field: 'address',
    value: address,
    reason: isForbidden ? 'this user may not listen there' : `it cannot be listened on (${error.message})`,
    mend: isForbidden ? 'choose a port from 1024 on' : 'choose an address of this machine, or 0.0.0.0 for all',
    cause: error,
  });
}
