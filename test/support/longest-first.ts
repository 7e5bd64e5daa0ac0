import { basename, relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Folders whose files take long come first: one of them at the end would leave the other workers without work. */
const FOLDERS = ['faults', 'e2e', 'deploy', 'engine', 'dev', 'cli', 'workflows', 'activities'];

/** Of `faults`, in this order: they take a minute and more. */
const LONGEST = [
  'drill',
  'crash-points',
  'start',
  'following-streams',
  'zombie',
  'worker-death',
  'following-kills',
];

/** Vitest's own order needs times of an earlier run, which a clean clone does not have. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ moduleId }: TestSpecification): number => {
      const folder = relative('test', moduleId).split('/')[0]!;
      const at = FOLDERS.indexOf(folder);
      if (at < 0) return FOLDERS.length;
      const among = folder === 'faults' ? LONGEST.indexOf(basename(moduleId, '.test.ts')) : -1;
      return at + (among < 0 ? 0.5 : among / LONGEST.length / 2);
    };
    return sorted.toSorted((a, b) => place(a) - place(b));
  }
}
