import { ActivityProxies } from './activities.js';

interface ReportActivities {
  /** Logs everything that needs a person and sends it to the configured channel. */
  sendReport(): Promise<{ readonly entries: number }>;
}

/** Reports to operators what needs a person. A schedule starts it daily. */
export async function ReportWorkflow(): Promise<{ readonly entries: number }> {
  const proxies = new ActivityProxies<ReportActivities>('report');
  return proxies.with('daily', 'Report what needs a person').sendReport();
}
