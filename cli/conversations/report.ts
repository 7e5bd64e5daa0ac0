import { REPORT_TITLES, type Report } from '../../domain/conversations/report.js';
import { reportMarkdown } from '../../domain/engine/failures/report.js';
import { slackMessage } from '../../domain/engine/failures/report-slack.js';
import type { KindReport } from '../engine/kind.js';
import { reportTable } from './report-table.js';

export const accountReport: KindReport = {
  table: (found, width) => reportTable(found as Report, width),
  markdown: (found) => reportMarkdown(found as Report, REPORT_TITLES),
  slack: (found) => slackMessage(found as Report, REPORT_TITLES),
};
