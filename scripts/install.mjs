/**
 * npm runs this at the end of an install, in a clone and in the package of whoever depends on mete. Takes a prebuilt
 * addon if one loads, else builds one; without a compiler it says so and succeeds: the TypeScript engine needs none.
 */
import { ensureAddon, prebuiltLoads } from './lib/native.mjs';

// Under another script of ours (METE_BOOTSTRAP) that one tells the reasons, so that they stand there once.
if (!prebuiltLoads()) ensureAddon({ quiet: process.env['METE_BOOTSTRAP'] === '1' });
