/** Where results go is checked before a job is run for them. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runJob } from '../../src/framework/shell/run-job.js';

const NOBODY = ['127.0.0.1:1'];

test('a result that could not be written is refused before anything runs', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'mete-out-'));
  for (const out of [join(directory, 'no', 'such', 'file.txt'), directory]) {
    const job = runJob({ job: 'pi', masters: NOBODY, out });
    await assert.rejects(job, { code: 'INVALID_ARGUMENT', field: 'out', value: out });
  }
});
