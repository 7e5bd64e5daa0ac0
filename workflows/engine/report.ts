import { ActivityProxies } from './activities.js';

interface ReportActivities {
  /** Everything that needs a person, written to the log and sent where reports go. */
  sendReport(): Promise<{ readonly entries: number }>;
}

/** Reports to operators what needs a person; a schedule starts it each day. */
export async function ReportWorkflow(): Promise<{ readonly entries: number }> {
  const proxies = new ActivityProxies<ReportActivities>('report');
  return proxies.with('daily', 'Report what needs a person').sendReport();
}
