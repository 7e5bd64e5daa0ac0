import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Projects whose files take long come first: one of them at the end would leave the other worker without work. */
const ORDER = ['faults', 'shipped', 'whole', 'engine', 'parts', 'pure'];

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
    const place = ({ project, moduleId }: TestSpecification) => {
      const at = project.name === 'faults' ? LONGEST.indexOf(basename(moduleId, '.test.ts')) : -1;
      return ORDER.indexOf(project.name) + (at < 0 ? 0.5 : at / LONGEST.length / 2);
    };
    return sorted.toSorted((a, b) => place(a) - place(b));
  }
}
