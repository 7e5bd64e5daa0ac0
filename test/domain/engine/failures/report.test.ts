import { describe, expect, test } from 'vitest';
import { carryoverCommand } from '../../../../domain/engine/failures/commands.js';
import {
  REPORT_KINDS,
  REPORT_TITLES,
  type Report,
  type ReportEntry,
} from '../../../../domain/conversations/report.js';
import * as markdown from '../../../../domain/engine/failures/report.js';
import * as slack from '../../../../domain/engine/failures/report-slack.js';
import { reportTable } from '../../../../cli/conversations/report-table.js';

const reportMarkdown = (found: Report) => markdown.reportMarkdown(found, REPORT_TITLES);
const slackMessage = (found: Report) => slack.slackMessage(found, REPORT_TITLES);

const entry = (change: Partial<ReportEntry> = {}): ReportEntry => ({
  kind: 'quarantine',
  account_id: 'acc_1',
  brand_id: 'br_1',
  what: 'message record thr_1/k1',
  since: '2026-03-01T10:00:00.000Z',
  times: 1,
  count: 1,
  message: 'attribute "kind" is missing',
  next_step: 'Have it corrected.',
  command: 'carryover quarantine retry acc_1 1',
  ...change,
});

function report(entries: readonly ReportEntry[], more = 0): Report {
  const counts = Object.fromEntries(
    REPORT_KINDS.map((kind) => {
      const own = entries.filter((each) => each.kind === kind).length;
      return [kind, own === 0 ? 0 : own + more];
    }),
  ) as Report['counts'];
  return { at: '2026-03-02T06:00:00.000Z', since: null, counts, waived: 0, entries };
}

const everything = () =>
  report(
    REPORT_KINDS.flatMap((kind) =>
      Array.from({ length: 20 }, () =>
        entry({
          kind,
          what: 'w'.repeat(900),
          message: '<&>'.repeat(400),
          command: `carryover ${'x'.repeat(700)}`,
        }),
      ),
    ),
    1_000_000,
  );

describe('a report', () => {
  test('says that nothing needs a person', () => {
    expect(reportTable(report([]))).toEqual(['Nothing needs a person.']);
    expect(slackMessage(report([])).text).toBe('Carryover: nothing needs a person');
    expect(reportMarkdown(report([]))).toContain('0 things need a person');
  });

  test('lists each failure with its command, and the number of omitted ones', () => {
    const found = report([entry(), entry({ kind: 'stalled', command: 'carryover retry acc_1' })], 3);
    for (const text of [
      reportTable(found).join('\n'),
      reportMarkdown(found),
      JSON.stringify(slackMessage(found)),
    ]) {
      expect(text).toContain('carryover quarantine retry acc_1 1');
      expect(text).toContain('carryover retry acc_1');
      expect(text).toContain('3 more');
    }
  });

  test('is valid Markdown with any ids and reasons', () => {
    const text = reportMarkdown(report([entry({ account_id: 'a`b', message: '# *x*\n- [y](z)' })]));
    expect(text).toContain('account `` a`b ``');
    expect(text).toContain(String.raw`\# \*x\* - \[y\](z)`);
  });

  test('fits into Slack’s limits', () => {
    const { blocks, text } = slackMessage(everything());
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(text.length).toBeLessThan(150);
    const longest = (type: string) =>
      Math.max(
        ...blocks.map((block) => (block.type === type && 'text' in block ? block.text.text.length : 0)),
      );
    expect(longest('section')).toBeLessThanOrEqual(3_000);
    expect(longest('header')).toBeLessThanOrEqual(150);
    expect(JSON.stringify(blocks)).not.toMatch(/<&>|&l…|&am…/);
  });
});

describe('a command', () => {
  test.each([
    [['retry', 'acc_1'], 'carryover retry acc_1'],
    [['retry', 'a b'], "carryover retry 'a b'"],
    [['retry', "it's"], String.raw`carryover retry 'it'\''s'`],
    [['retry', '$(rm)'], "carryover retry '$(rm)'"],
    [['retry', ''], "carryover retry ''"],
  ])('of %j is %s', (words, command) => {
    expect(carryoverCommand(...words)).toBe(command);
  });
});
