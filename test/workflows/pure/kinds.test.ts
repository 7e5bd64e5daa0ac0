import { describe, expect, it } from 'vitest';
import * as workflows from '../../../workflows/index.js';
import { KINDS } from '../../../workflows/kinds.js';

describe.each(Object.entries(KINDS))('the kind %s', (name, kind) => {
  it('is found by its name, and its units have a workflow that workers know', () => {
    expect(kind.name).toBe(name);
    expect(workflows).toHaveProperty(kind.unitWorkflow);
  });

  it('tells the phases of a unit, and its runs, apart', () => {
    const phases = kind.phases.map((phase) => phase.name);
    const ids = phases.map((phase) => kind.unitWorkflowId('subject', 'unit', phase));
    expect(new Set(phases).size).toBe(phases.length);
    expect(new Set(ids).size).toBe(phases.length);
  });

  it('has words for what goes wrong in each of its phases', () => {
    for (const { name: phase } of kind.phases) expect(kind.words.doing(phase)).not.toBe(phase);
  });
});
