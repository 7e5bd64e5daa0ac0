import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Whole worlds of processes: minutes a file. One of them at the end would leave the other worker without work. */
const LONG = /\/test\/(faults|e2e)\//;

/** Vitest's own order needs times of an earlier run, which a clean clone does not have. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
