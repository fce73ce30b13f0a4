/**
 * What agents fetch from a framework and bring to it, over HTTP: the code of the job, ranges of inputs, and results too
 * large for a status. All paths start with a random word, which only tasks know; nothing but the job's own inputs can
 * be read. Large results wait in files until they are merged.
 */
import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MeteError } from '../../base/errors.js';
import type { Exchange } from '../../base/exchange.js';
import { answerText } from '../../http/answers.js';
import { receiveFile, type Received } from '../../http/body.js';
import { answerFile } from '../../http/files.js';
import { createRouter } from '../../http/router.js';
import type { InputFile } from '../../jobs/job.js';
import { hostPort, type Transport } from '../../transport/transport.js';

/** The largest result of one task. */
const MAX_RESULT_BYTES = 1024 * 1024 * 1024;

export interface JobServerOptions {
  readonly transport: Transport;
  /** Where to listen: a host, and a port (0: any free one). */
  readonly host: string;
  readonly port: number;
  /** The host that agents are told. */
  readonly advertisedHost: string;
  readonly code: { readonly sha256: string; readonly bytes: Uint8Array };
  readonly inputs: readonly InputFile[];
  /** A directory for results that wait. */
  readonly directory: string;
  /** Is a result of this task welcome? */
  readonly expects: (taskId: string) => boolean;
}

export interface JobServer {
  readonly codeUrl: string;
  inputUrl(index: number): string;
  resultUrl(taskId: string): string;
  /** Takes a result that was announced; rejects with MeteError if it is not there or is another. */
  takeResult(taskId: string, sha256: string): Promise<Uint8Array>;
  /** Forgets what a task has sent, if anything. */
  dropResult(taskId: string): void;
  close(): Promise<void>;
}

/** Starts the server. Throws MeteError as `listen` does. */
export async function startJobServer(options: JobServerOptions): Promise<JobServer> {
  const { code, inputs, directory, expects } = options;
  const secret = randomBytes(12).toString('hex');
  const received = new Map<string, Received>();
  const fileOf = (taskId: string): string => join(directory, `result-${encodeURIComponent(taskId)}`);

  const putResult = async (exchange: Exchange, taskId: string): Promise<void> => {
    if (!expects(taskId)) throw notFound('result', taskId);
    received.set(taskId, await receiveFile(exchange, fileOf(taskId), { maxBytes: MAX_RESULT_BYTES }));
    answerText(exchange, 204, '');
  };
  const getInput = async (exchange: Exchange, index: string): Promise<void> => {
    const input = /^\d+$/.test(index) ? inputs[Number(index)] : undefined;
    if (input === undefined) throw notFound('input', index);
    await answerFile(exchange, input.path);
  };
  const getCode = (exchange: Exchange, sha256: string): void => {
    if (sha256 !== code.sha256) throw notFound('code', sha256);
    exchange.respond(200, { 'content-type': 'text/javascript; charset=utf-8' }, code.bytes);
  };

  const onExchange = createRouter([
    { method: 'GET', path: `/${secret}/blobs/:id`, handle: (exchange, { id = '' }) => getCode(exchange, id) },
    { method: 'GET', path: `/${secret}/inputs/:id`, handle: (exchange, { id = '' }) => getInput(exchange, id) },
    { method: 'PUT', path: `/${secret}/results/:id`, handle: (exchange, { id = '' }) => putResult(exchange, id) },
  ]);
  const limits = { maxBodyBytes: MAX_RESULT_BYTES };
  const listener = await options.transport.listen({ host: options.host, port: options.port, onExchange, limits });
  const base = `http://${hostPort(options.advertisedHost, listener.port)}/${secret}`;
  return {
    codeUrl: `${base}/blobs/${code.sha256}`,
    inputUrl: (index) => `${base}/inputs/${index}`,
    resultUrl: (taskId) => `${base}/results/${encodeURIComponent(taskId)}`,
    takeResult: async (taskId, sha256) => {
      const sent = received.get(taskId);
      if (sent === undefined) throw notFound('result', taskId);
      if (sent.sha256 !== sha256) {
        throw new MeteError('WRONG_DIGEST', {
          field: 'result',
          value: taskId,
          reason: `its bytes hash to ${sent.sha256}, announced was ${sha256}`,
          mend: 'run the task again',
        });
      }
      return readFile(fileOf(taskId));
    },
    dropResult: (taskId) => {
      if (received.delete(taskId)) void rm(fileOf(taskId), { force: true });
    },
    close: () => listener.close('the job is over'),
  };
}

function notFound(field: string, value: string): MeteError {
  return new MeteError('NOT_FOUND', { field, value, reason: 'there is none here', mend: 'use what the task names' });
}
