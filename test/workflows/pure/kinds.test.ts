import { describe, expect, it } from 'vitest';
import * as workflows from '../../../workflows/index.js';
import { KINDS } from '../../../workflows/kinds.js';

describe.each(Object.entries(KINDS))('the kind %s', (name, kind) => {
  it('is found by name, and its units have a registered workflow', () => {
    expect(kind.name).toBe(name);
    expect(workflows).toHaveProperty(kind.unitWorkflow);
  });

  it('distinguishes the phases and runs of a unit', () => {
    const phases = kind.phases.map((phase) => phase.name);
    const ids = phases.map((phase) => kind.unitWorkflowId('subject', 'unit', phase));
    expect(new Set(phases).size).toBe(phases.length);
    expect(new Set(ids).size).toBe(phases.length);
  });

  it('has failure messages for each of its phases', () => {
    for (const { name: phase } of kind.phases) expect(kind.words.doing(phase)).not.toBe(phase);
  });
});
