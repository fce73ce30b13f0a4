/** The backends that need no server, by what all backends must do. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLmdbBackend, lmdbPlaces } from '../../src/storage/lmdb-backend.js';
import { createMemoryBackend, emptyStore } from '../../src/storage/memory-backend.js';
import { conform } from './conformance.js';

conform({
  name: 'memory',
  allowsTwo: true,
  manyAgents: 1_000,
  ground: () => {
    const store = emptyStore();
    return Promise.resolve({
      open: () => Promise.resolve(createMemoryBackend(store)),
      close: () => Promise.resolve(),
    });
  },
});

conform({
  name: 'lmdb',
  allowsTwo: false,
  manyAgents: 20_000,
  ground: () => {
    const workDir = mkdtempSync(join(tmpdir(), 'mete-registry-'));
    return Promise.resolve({
      open: () => Promise.resolve(createLmdbBackend(lmdbPlaces(workDir))),
      close: () => Promise.resolve(rmSync(workDir, { recursive: true })),
    });
  },
});
