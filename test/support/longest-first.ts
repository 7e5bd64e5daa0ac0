import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Projects whose files take long come first: one of them at the end would leave the other worker without work. */
const ORDER = ['faults', 'whole', 'engine', 'parts', 'pure'];

/** Vitest's own order needs times of an earlier run, which a clean clone does not have. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ project }: TestSpecification) => ORDER.indexOf(project.name);
    return sorted.toSorted((a, b) => place(a) - place(b));
  }
}
