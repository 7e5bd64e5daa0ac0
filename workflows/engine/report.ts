import { reportActivities } from './operation-activities.js';

/** Tells operators what needs a person; a schedule starts it each day. */
export async function ReportWorkflow(): Promise<{ readonly entries: number }> {
  return reportActivities().sendReport();
}
