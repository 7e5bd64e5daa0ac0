/** Vitest's results as .ci/tests.mjs counts them: also files that never reported, and errors outside of all tests. */

import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

export default class CountingReporter {
  #planned = [];

  onTestRunStart(specifications) {
    this.#planned = specifications.map(({ moduleId }) => moduleId);
  }

  onTestRunEnd(modules, errors) {
    // A file whose process died has ended nothing: it counts as one failure, unless more is known of it.
    const files = new Map(this.#planned.map((path) => [path, { passed: 0, failed: 1 }]));
    for (const module of modules) {
      const states = [...module.children.allTests()].map((test) => test.result().state);
      const count = (wanted) => states.filter((state) => state === wanted).length;
      const unfinished = count('pending') > 0 || !['passed', 'skipped'].includes(module.state());
      files.set(module.moduleId, {
        passed: count('passed'),
        // Nor has a file passed that could not be loaded, or whose hooks failed.
        failed: Math.max(count('failed'), unfinished ? 1 : 0),
      });
    }
    // Of a process that died there is an error too, without the file's name.
    const ended = modules.filter((module) => !['pending', 'queued'].includes(module.state()));
    let strays = ended.length - files.size;
    for (const { VITEST_TEST_PATH: path } of errors) {
      const file = files.get(path);
      if (file === undefined) strays += 1;
      else file.failed = Math.max(file.failed, 1);
    }
    const byPath = [...files].map(([path, counts]) => [relative(process.cwd(), path), counts]);
    writeFileSync(
      process.env.CARRYOVER_CI_RESULTS,
      JSON.stringify({ files: byPath, strays: Math.max(0, strays) }),
    );
  }
}
