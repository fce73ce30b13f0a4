/** Offers and inverse offers: what is refused, with which text, and in which order. */
import test from 'node:test';
import type { AgentId, FrameworkId, OfferId } from '../../../src/protocol/schema.js';
import {
  type OfferFacts,
  validateInverseOffers,
  validateOffers,
} from '../../../src/master/core/validation/index.js';
import { AGENT, expectTexts, FRAMEWORK } from './fixtures.js';

const facts: OfferFacts = { frameworkId: FRAMEWORK, agentId: AGENT, role: 'ads' };
const OFFERS: Readonly<Record<string, OfferFacts>> = {
  O0: facts,
  O1: facts,
  O2: { ...facts, frameworkId: 'M-0001' as FrameworkId },
  O3: { ...facts, role: 'web' },
  O4: { ...facts, agentId: 'M-S1' as AgentId },
  O5: { frameworkId: 'M-0001' as FrameworkId, agentId: 'M-S1' as AgentId, role: 'web' },
};
const find = (id: OfferId): OfferFacts | undefined => OFFERS[id];
const ids = (list: readonly string[]): OfferId[] => list as OfferId[];

const FRAMEWORK_TEXT = 'Offer O2 has invalid framework M-0001 while framework M-0000 is expected';
const AGENT_TEXT = 'Aggregated offers must belong to one single agent. Offer O4 uses agent M-S1 and agent M-S0';
const ROLE_TEXT =
  "Aggregated offers must be allocated to the same role. Offer O3 uses role 'web but another is using role 'ads";

test('[B175] offers are refused with these texts, and the first fault is the one told', () => {
  expectTexts((list: readonly string[]) => validateOffers(ids(list), FRAMEWORK, find), [
    [['O0'], null],
    [['O1', 'O0'], null],
    [[], 'No offers specified'],
    [['O9'], 'Offer O9 is no longer valid'],
    [['O0', 'O0'], 'Duplicate offer O0 in offer list'],
    [['O2'], FRAMEWORK_TEXT],
    [['O0', 'O3'], ROLE_TEXT],
    [['O0', 'O4'], AGENT_TEXT],
    // Duplicates before what is gone, that before frameworks, these before roles, these before agents.
    [['O9', 'O0', 'O0'], 'Duplicate offer O0 in offer list'],
    [['O2', 'O9'], 'Offer O9 is no longer valid'],
    [['O0', 'O3', 'O2'], FRAMEWORK_TEXT],
    [['O0', 'O4', 'O3'], ROLE_TEXT],
    [['O0', 'O5'], 'Offer O5 has invalid framework M-0001 while framework M-0000 is expected'],
  ]);
});

test('[B175] inverse offers have no role', () => {
  expectTexts((list: readonly string[]) => validateInverseOffers(ids(list), FRAMEWORK, find), [
    [['O0', 'O3'], null],
    [[], 'No inverse offers specified'],
    [['O9'], 'Inverse offer O9 is no longer valid'],
    [['O0', 'O0'], 'Duplicate offer O0 in offer list'],
    [['O2'], FRAMEWORK_TEXT],
    [['O0', 'O4'], AGENT_TEXT],
  ]);
});
