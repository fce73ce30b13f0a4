/** The election of a master that is alone: it has won as soon as it stands. */
import type { MasterInfo } from '../protocol/framework.js';
import { Announcer, type Candidacy, type Election } from './election.js';

export function createStandaloneElection(): Election {
  const announcer = new Announcer();
  let end: (why: string) => void = () => undefined;
  return {
    contend(info: MasterInfo): Promise<Candidacy> {
      let isOver = false;
      const lost = new Promise<string>((resolve) => {
        end = (why) => {
          isOver = true;
          announcer.tell(null);
          resolve(why);
        };
      });
      announcer.tell(info, info.id);
      const withdraw = (): Promise<void> => Promise.resolve(end('it was withdrawn'));
      return Promise.resolve({ lost, isCertain: () => !isOver, withdraw });
    },
    watch: (listener) => announcer.watch(listener),
    close: () => Promise.resolve(end('the election was closed')),
  };
}
